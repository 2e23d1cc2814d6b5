import type { Loss } from './rollout.js';

/** True when its last message on the connection that it lost said that a transaction runs: then the edge knew. */
export function wasCharging({ station, closedAt }: Loss): boolean {
  const before = station.reconnections.filter((other) => other.closedAt < closedAt).at(-1);
  const openedAt = before?.backAt ?? 0;
  const last = station.messages.findLast(
    ({ transaction, sentAt = Infinity }) => transaction !== undefined && sentAt < closedAt,
  );
  return (
    last !== undefined && last.part !== 'stop' && last.answers.length > 0 && (last.sentAt ?? 0) > openedAt
  );
}
