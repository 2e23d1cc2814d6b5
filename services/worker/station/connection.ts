import type { Connection } from '../../../libs/link/mod.js';
import { CLOSES } from './closes.js';
import { interruptOutstanding, onGone } from './commands/queue.js';
import { repeatOutstanding } from './commands/sending.js';
import { LIMITS } from './limits.js';
import type { StationDisconnected } from '../../../libs/api/mod.js';
import type { StationState } from './state.js';
import type { Turn } from './turn.js';

/**
 * Which connection is the station's. The newest wins: one that has just been opened, before all others; among those
 * that edges tell a new owner of, the one that was it before, or one opened later. The loser is closed, and what it says
 * changes nothing.
 */

/** An edge tells of a connection. */
export function onConnected(turn: Turn, connection: Connection, resumed: boolean): void {
  const { state } = turn;
  const current = state.connection;
  if (current?.connectionId === connection.connectionId) {
    repeatOutstanding(turn);
    return;
  }
  if (resumed ? hasLost(state, connection) : isSuperseded(state, connection)) supersede(turn, connection);
  else adopt(turn, connection);
}

/** False: the connection is not the station's any more, and nothing that it says counts. */
export function hear(turn: Turn, connection: Connection): boolean {
  const { state } = turn;
  if (state.connection?.connectionId === connection.connectionId) {
    state.lastSeen = turn.now;
    return true;
  }
  if (hasLost(state, connection)) {
    turn.count('stale_connection');
    close(turn, connection);
    return false;
  }
  adopt(turn, connection);
  return true;
}

/** After a restart the connection that business services know of may be gone before it was told again. */
export function onDisconnected(turn: Turn, connection: Connection, code: number): void {
  const { state } = turn;
  const { connectionId } = connection;
  const isCurrent = state.connection?.connectionId === connectionId;
  const wasAwaited = state.connection === undefined && state.announced?.connectionId === connectionId;
  if (!isCurrent && !wasAwaited) return;
  leave(turn, 'closed', code);
}

/** The host has loaded the state: the edges are about to tell of their connections. */
export function awaitConnection(turn: Turn): void {
  const { state } = turn;
  if (state.connection !== undefined || state.announced === undefined) return;
  state.awaitedUntil = turn.now + turn.config.reconnectGraceMs;
}

/** No edge has told of the connection: it is gone. */
export function expireConnection(turn: Turn): void {
  const { awaitedUntil } = turn.state;
  if (awaitedUntil !== undefined && awaitedUntil <= turn.now) leave(turn, 'lost');
}

function adopt(turn: Turn, connection: Connection): void {
  const { state } = turn;
  const { connectionId, edgeId, version, securityProfile } = connection;
  const previous = state.connection;
  const before = state.announced;
  if (previous !== undefined) supersede(turn, previous);
  const known = before?.connectionId === connectionId;
  if (!known) announceGone(turn, previous === undefined ? 'lost' : 'superseded');
  state.connection = connection;
  state.asks = [];
  state.awaitedUntil = undefined;
  state.lastSeen = turn.now;
  if (!known) {
    const connectedAt = Math.max(connection.connectedAt, (before?.connectedAt ?? 0) + 1);
    state.announced = { connectionId, edgeId, version, connectedAt, securityProfile };
    state.lastVersion = version;
    turn.event('station.connected', { connectionId, edgeId, securityProfile });
  }
  const { outstanding } = state;
  if (outstanding !== undefined && outstanding.begun.connectionId !== connectionId) {
    interruptOutstanding(turn, 'the station reconnected before the answer came');
  }
  repeatOutstanding(turn);
}

function leave(turn: Turn, reason: 'closed' | 'lost', code?: number): void {
  const { state } = turn;
  announceGone(turn, reason, code);
  state.connection = undefined;
  state.asks = [];
  state.awaitedUntil = undefined;
  onGone(turn);
}

function announceGone(turn: Turn, reason: StationDisconnected['reason'], code?: number): void {
  const { announced } = turn.state;
  if (announced === undefined) return;
  const { connectionId, edgeId } = announced;
  turn.event('station.disconnected', { connectionId, edgeId, reason, code });
  turn.state.announced = undefined;
}

function supersede(turn: Turn, loser: Connection): void {
  const { state } = turn;
  const others = state.superseded.filter((id) => id !== loser.connectionId);
  state.superseded = [loser.connectionId, ...others].slice(0, LIMITS.supersededConnections);
  turn.count('connection_superseded');
  close(turn, loser);
}

function close(turn: Turn, connection: Connection): void {
  turn.do({ type: 'close', connection, ...CLOSES.superseded });
}

const isSuperseded = ({ superseded }: StationState, { connectionId }: Connection): boolean =>
  superseded.includes(connectionId);

/** True when a newer connection is there, or was when the record was written. */
function hasLost(state: StationState, connection: Connection): boolean {
  const { announced } = state;
  if (isSuperseded(state, connection)) return true;
  if (announced === undefined || announced.connectionId === connection.connectionId) return false;
  if (announced.connectedAt !== connection.connectedAt) return announced.connectedAt > connection.connectedAt;
  return announced.connectionId > connection.connectionId;
}
