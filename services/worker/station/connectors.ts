import type { ConnectorStatus } from '../../../libs/api/mod.js';
import { LIMITS } from './limits.js';
import type { Turn } from './turn.js';

/** Notes a connector's status (connector 0: the whole EVSE or station) and gives the one before, if it is known. */
export function noteConnectorStatus(
  turn: Turn,
  evseId: number,
  connectorId: number,
  status: ConnectorStatus,
): ConnectorStatus | undefined {
  const { connectors } = turn.state;
  const at = connectors.findIndex((one) => one.evseId === evseId && one.connectorId === connectorId);
  const previous = connectors[at];
  if (previous?.status === status && at === connectors.length - 1) return status;
  const others = connectors.filter((one) => one !== previous);
  turn.state.connectors = [...others, { evseId, connectorId, status }].slice(-LIMITS.connectors);
  return previous?.status;
}
