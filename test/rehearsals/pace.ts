import type { Reconnection } from '../driven/records.js';

/** A drain, as its stations saw it. Times by performance.now(), in milliseconds. */
export interface Drain {
  /** When the edge was told to stop. */
  readonly begun: number;
  /** Its `--drain-time`. */
  readonly spreadMs: number;
  readonly losses: readonly Reconnection[];
}

/** How far the connections that were closed were from the even pace of the drain, as shares of the drain's time. */
export interface PaceError {
  /** 0 or less: at no moment had more been closed than were due. */
  readonly early: number;
  /** 0.1: a tenth of the drain's time behind, at the worst moment. */
  readonly late: number;
}

export function paceErrorOf({ begun, spreadMs, losses }: Drain): PaceError {
  const closes = losses
    .map(({ closedAt }) => (closedAt - begun) / spreadMs)
    .sort((one, other) => one - other);
  let early = -Infinity;
  let late = -Infinity;
  for (const [at, share] of closes.entries()) {
    // The first is due at once, the next one when its share of the time has passed.
    const due = at / closes.length;
    early = Math.max(early, due - share);
    late = Math.max(late, share - due);
  }
  return { early, late };
}

/** How long a station was away beyond its own back-off, in milliseconds; Infinity when it has not come back. */
export function awayBeyondBackOff({ closedAt, backAt = Infinity, backOffs }: Reconnection): number {
  return backAt - closedAt - backOffs.reduce((sum, waited) => sum + waited, 0);
}
