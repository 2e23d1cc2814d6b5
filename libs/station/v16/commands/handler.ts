import type { ActionName, Request, Response } from '../../../ocpp/mod.js';
import type { Evse } from '../../model/evse.js';
import type { Dialect16 } from '../dialect.js';

/** Answers one command. What follows from it happens in `station.afterAnswer`, when the answer is on the wire. */
export type Handler16<A extends ActionName<'1.6'>> = (
  dialect: Dialect16,
  request: Request<'1.6', A>,
) => Response<'1.6', A>;

/** The connectors that a connectorId means: 0 is all of them; undefined: there is no such connector. */
export function connectorsOf(dialect: Dialect16, connectorId: number): readonly Evse[] | undefined {
  if (connectorId === 0) return dialect.station.evses;
  const evse = dialect.station.evse(connectorId);
  return evse === undefined ? undefined : [evse];
}
