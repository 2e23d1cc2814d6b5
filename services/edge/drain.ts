import { sleep, type Clock } from '../../libs/clock/mod.js';
import type { EdgeConfig } from './config.js';
import type { StationConnection } from './connection/mod.js';
import type { Registry } from './registry.js';

/** Time between two batches, of which each takes a random share of at least half. */
const STEP_MS = 50;

/**
 * Asks all connections to end, spread evenly over `drainSpreadMs` in small batches, so that their stations do not come back all at
 * once; resolves when none is left. In random order, for neighbours often came together; those with a running transaction last, as
 * far as is known (`runsAfter`). Each may take `drainCallWaitMs` for the CALLs, of either side, that wait for their answers.
 * @param random 0 to 1 (exclusive).
 */
export async function drainConnections(
  registry: Registry,
  clock: Clock,
  config: EdgeConfig,
  random: () => number = Math.random,
): Promise<void> {
  const { drainSpreadMs, drainCallWaitMs } = config;
  const waiting = new DrainOrder(registry.all(), random);
  const start = clock.monotonic();
  const total = waiting.length;
  while (registry.size > 0) {
    const now = clock.monotonic();
    const share = drainSpreadMs === 0 ? 1 : (now - start) / drainSpreadMs;
    const due = Math.min(Math.ceil(share * total), total);
    while (total - waiting.length < due) waiting.next()?.drain(now + drainCallWaitMs);
    // One that was let in just before is not among those waiting.
    if (waiting.length === 0)
      for (const connection of registry.all()) connection.drain(now + drainCallWaitMs);
    if (registry.size > 0) await sleep(clock, STEP_MS * (0.5 + random() / 2));
  }
}

/** The connections that are not asked yet. */
class DrainOrder {
  /** Both are taken from their ends. */
  readonly #idle: StationConnection[];
  readonly #running: StationConnection[];

  constructor(connections: readonly StationConnection[], random: () => number) {
    const all = shuffled(connections, random);
    this.#idle = all.filter(({ runsTransaction }) => !runsTransaction);
    this.#running = all.filter(({ runsTransaction }) => runsTransaction);
  }

  get length(): number {
    return this.#idle.length + this.#running.length;
  }

  /** Undefined: there is none left. */
  next(): StationConnection | undefined {
    // Those whose transaction has begun since are put with the others, once each.
    for (let next = this.#idle.pop(); next !== undefined; next = this.#idle.pop()) {
      if (!next.runsTransaction) return next;
      this.#running.unshift(next);
    }
    return this.#running.pop();
  }
}

/** Each order is as likely as any other (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [order[at], order[other]] as [T, T];
    [order[at], order[other]] = [b, a];
  }
  return order;
}
