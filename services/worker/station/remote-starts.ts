import { LIMITS } from './limits.js';
import type { Turn } from './turn.js';
import { isObject } from './vocabulary/tokens.js';

/**
 * OCPP 1.6 has no remoteStartId: the transaction that a RequestStartTransaction in 2.1's terms began is known by its token,
 * and by its connector where the caller gave one.
 */

/** A 1.6 station has accepted `call`, by which the gateway put `request` in its terms. */
export function noteRemoteStart(turn: Turn, request: unknown, call: unknown): void {
  if (!isObject(request) || !isObject(call)) return;
  const { remoteStartId } = request;
  const { idTag, connectorId } = call;
  if (typeof remoteStartId !== 'number' || typeof idTag !== 'string') return;
  const { state, now } = turn;
  const newest = {
    remoteStartId,
    idTag,
    connectorId: typeof connectorId === 'number' ? connectorId : undefined,
    until: now + LIMITS.remoteStartMs,
  };
  const current = state.remoteStarts.filter(({ until }) => until > now);
  state.remoteStarts = [...current, newest].slice(-LIMITS.remoteStarts);
  turn.commit = true;
}

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
