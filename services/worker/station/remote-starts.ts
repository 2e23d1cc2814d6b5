import { LIMITS } from './limits.js';
import type { RemoteStart } from './state.js';
import type { Turn } from './turn.js';
import { isObject } from './vocabulary/tokens.js';

/**
 * OCPP 1.6 has no remoteStartId: the transaction that a RequestStartTransaction in 2.1's terms began is known by its token,
 * and by its connector where the caller gave one.
 */

/**
 * A 1.6 station is sent `call`, by which the gateway put `request` in its terms. From now on, for the transaction may begin
 * before the answer has come, or without one.
 */
export function noteRemoteStart(turn: Turn, request: unknown, call: unknown): void {
  const newest = remoteStartOf(request, call, turn.now + LIMITS.remoteStartMs);
  if (newest === undefined) return;
  const { state, now } = turn;
  const others = state.remoteStarts.filter((one) => one.until > now && !isSame(one, newest));
  state.remoteStarts = [...others, newest].slice(-LIMITS.remoteStarts);
  turn.commit = true;
}

/** The station has not accepted it. */
export function forgetRemoteStart({ state }: Turn, request: unknown, call: unknown): void {
  const refused = remoteStartOf(request, call, 0);
  if (refused === undefined) return;
  state.remoteStarts = state.remoteStarts.filter((one) => !isSame(one, refused));
}

function remoteStartOf(request: unknown, call: unknown, until: number): RemoteStart | undefined {
  if (!isObject(request) || !isObject(call)) return undefined;
  const { remoteStartId } = request;
  const { idTag, connectorId } = call;
  if (typeof remoteStartId !== 'number' || typeof idTag !== 'string') return undefined;
  return {
    remoteStartId,
    idTag,
    connectorId: typeof connectorId === 'number' ? connectorId : undefined,
    until,
  };
}

const isSame = (one: RemoteStart, other: RemoteStart): boolean =>
  one.remoteStartId === other.remoteStartId &&
  one.idTag === other.idTag &&
  one.connectorId === other.connectorId;

/** The remoteStartId of a transaction that begins. The next one is not taken for it. Tokens have no case (CiString20Type). */
export function takeRemoteStart(turn: Turn, idTag: string, connectorId: number): number | undefined {
  const { state, now } = turn;
  if (state.remoteStarts.length === 0) return undefined;
  const token = idTag.toLowerCase();
  const found = state.remoteStarts.find(
    (one) =>
      one.until > now &&
      one.idTag.toLowerCase() === token &&
      (one.connectorId === undefined || one.connectorId === connectorId),
  );
  if (found !== undefined) state.remoteStarts = state.remoteStarts.filter((one) => one !== found);
  return found?.remoteStartId;
}
