import type { Clock } from '../../../libs/clock/mod.js';
import type { ApiContext } from '../context.js';

/** An answer is on its way for so long at most, where there is as much time. */
const MARGIN_MS = 500;

export interface Time {
  /** Milliseconds that are left for the method. */
  readonly leftMs: number;
  /** When they are over, in monotonic milliseconds. */
  readonly until: number;
}

/** The time that a method has, so that its answer comes before the caller's deadline; `otherwise` where there is none. */
export function timeOf({ deadline }: ApiContext, clock: Clock, otherwise: number): Time {
  const given = deadline === undefined ? otherwise : Math.max(0, deadline - clock.now());
  const leftMs = deadline === undefined ? given : given - Math.min(MARGIN_MS, given / 4);
  return { leftMs, until: clock.monotonic() + leftMs };
}
