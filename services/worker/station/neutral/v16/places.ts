import type { Objections } from '../objections.js';
import type { Request21 } from './row.js';

/** EVSE `n` with its connector 1 is 1.6's connector `n`, as events tell it. EVSE 0 is the station as a whole, connector 0. */

const ONE_CONNECTOR = 'a 1.6 station has one connector at each EVSE, number 1';

type Evse = NonNullable<Request21<'ChangeAvailability'>['evse']>;

export interface Paths {
  readonly id: string;
  readonly connectorId: string;
}

const IN_EVSE: Paths = { id: '/evse/id', connectorId: '/evse/connectorId' };

export function connectorOf({ id, connectorId }: Evse, no: Objections, paths = IN_EVSE): number {
  const isThere = connectorId === undefined || connectorId === (id === 0 ? 0 : 1);
  if (!isThere) no.raise(paths.connectorId, ONE_CONNECTOR);
  return id;
}

/** As `connectorOf`, where the message is for one connector, never for the station as a whole. */
export function singleConnectorOf(evse: Evse, no: Objections, paths = IN_EVSE): number {
  if (evse.id === 0) no.raise(paths.id, 'must be at least 1: 1.6 has this for one connector only');
  return connectorOf(evse, no, paths);
}
