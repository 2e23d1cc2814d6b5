import type { grpc, StationSnapshot } from '../../../libs/api/mod.js';
import { commandStatus } from '../commands/mod.js';
import { jobMessage } from '../jobs/messages.js';

/** What a station's actor knows, as a message. */
export function stateOf(stationId: string, snapshot: StationSnapshot): grpc.StationState {
  const { registration, connection, connectors, transactions, commands, jobs, eventNumber } = snapshot;
  return {
    stationId,
    registration,
    connection: connection && {
      connectionId: connection.connectionId,
      edgeId: connection.edgeId,
      ocppVersion: connection.version,
      securityProfile: connection.securityProfile,
      connectedAt: new Date(connection.connectedAt),
      lastSeenAt: new Date(connection.lastSeenAt),
    },
    connectors: connectors.map(({ evseId, connectorId, status }) => ({ evseId, connectorId, status })),
    transactions: transactions.map(({ transactionId, evseId, connectorId, startedAt }) => ({
      transactionId,
      evseId,
      connectorId,
      startedAt: new Date(startedAt),
    })),
    commands: commands.map(commandStatus),
    jobs: jobs.map(jobMessage),
    eventNumber,
  };
}
