import type { StationSnapshot } from '../../../libs/api/mod.js';
import type { Query } from '../../../libs/link/mod.js';
import { cancel } from './commands/queue.js';
import { commandSnapshot, waitingSnapshots } from './commands/snapshots.js';
import { jobsOf, jobSnapshot } from './jobs/mod.js';
import type { CancelMessage, QueryMessage } from './messages.js';
import type { StationState } from './state.js';
import type { Turn } from './turn.js';

/** What the actor knows, for those who ask. Asking changes nothing: a station without a record gets none by it. */

export function onQuery(turn: Turn, { query, dispatcher }: QueryMessage): void {
  if (dispatcher === undefined) return;
  turn.do({ type: 'tell', to: dispatcher, word: { answer: answerTo(turn, query) ?? null } });
}

export function onCancel(turn: Turn, { commandId, dispatcher }: CancelMessage): void {
  cancel(turn, commandId);
  onQuery(turn, { type: 'query', query: { kind: 'query', about: 'command', commandId }, dispatcher });
}

function answerTo({ state, now }: Turn, query: Query): unknown {
  switch (query.about) {
    case 'station':
      return stationSnapshot(state);
    case 'command':
      return commandSnapshot(state, query.commandId, now);
    case 'job': {
      const job = jobsOf(state).find(({ commandId }) => commandId === query.commandId);
      return job && jobSnapshot(state, job);
    }
  }
}

/**
 * The connection is the one that events tell of. After a restart that is the one before it, until an edge tells of it again
 * or it is given up.
 */
function stationSnapshot(state: StationState): StationSnapshot {
  const { stationId, registration, announced, connection, lastSeen, connectors, live, eventNumber } = state;
  return {
    stationId,
    registration: registration === 'none' ? 'None' : registration,
    ...(announced && {
      connection: {
        ...announced,
        securityProfile: connection?.securityProfile ?? announced.securityProfile,
        lastSeenAt: Math.max(lastSeen, announced.connectedAt),
      },
    }),
    connectors,
    transactions: live.map(({ id, evseId, connectorId, startedAt }) => ({
      transactionId: id,
      ...(evseId !== undefined && { evseId }),
      ...(connectorId !== undefined && { connectorId }),
      startedAt,
    })),
    commands: waitingSnapshots(state),
    jobs: jobsOf(state).map((job) => jobSnapshot(state, job)),
    eventNumber,
  };
}
