import { Child } from '../harness/child.js';
import type { Beaten, Connected, Ran, SwarmAnswer, SwarmOrder, SwarmPlan, SwarmRun } from './protocol.js';

/** A process may open some 20,000 files on many machines, and an address has some 28,000 free ports. */
const STATIONS_OF_A_PROCESS = 16_000;

let addresses = 0;

/** A loopback address that no other process of this benchmark uses, and hardly one of a benchmark that runs beside it. */
function nextAddress(): string {
  const at = addresses++ % 50_000;
  return `127.${1 + (process.pid % 250)}.${1 + Math.floor(at / 200)}.${1 + (at % 200)}`;
}

/** Numbers of `count` stations, from `first` on. */
export const numbersFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => first + at);

/** Very many stations, in as many processes as they need, each of which connects from a loopback address of its own. */
export class Swarm {
  private constructor(
    private readonly children: readonly Child[],
    private readonly sizes: readonly number[],
  ) {}

  /** Nothing is connected yet. `processes` left out: as few as can open so many sockets. */
  static async start(plan: SwarmPlan, processes?: number): Promise<Swarm> {
    const { numbers } = plan;
    const count = processes ?? Math.max(1, Math.ceil(numbers.length / STATIONS_OF_A_PROCESS));
    const parts = Array.from({ length: count }, (_, part) => numbers.filter((_, at) => at % count === part));
    const children = parts.map(() => new Child({ script: new URL('main.js', import.meta.url) }));
    const swarm = new Swarm(
      children,
      parts.map((part) => part.length),
    );
    try {
      await Promise.all(
        children.map((child, at) =>
          ask(child, 'planned', {
            kind: 'plan',
            plan: { ...plan, numbers: parts[at] ?? [] },
            source: nextAddress(),
          }),
        ),
      );
      return swarm;
    } catch (error) {
      await swarm.stop();
      throw error;
    }
  }

  /** The next `count` stations connect, at most `atOnce` at the same time, and are accepted. Resolves when all of them are. */
  async connect(count: number, atOnce = Infinity): Promise<Connected> {
    const shares = this.#split(count);
    const most = Math.ceil(Math.min(atOnce, count) / this.children.length);
    const results = await this.#all(async (child, at) => {
      const order = { kind: 'connect', count: shares[at] ?? 0, atOnce: most } as const;
      return (await ask(child, 'connected', order)).connected;
    });
    return {
      acceptedAfterMs: results.flatMap(({ acceptedAfterMs }) => acceptedAfterMs),
      elapsedMs: Math.max(...results.map(({ elapsedMs }) => elapsedMs)),
      cpu: sum(results, ({ cpu }) => cpu),
      attempts: sum(results, ({ attempts }) => attempts),
      refused: sum(results, ({ refused }) => refused),
      broken: sum(results, ({ broken }) => broken),
    };
  }

  async run({ calls, roundTrips, outstanding }: SwarmRun): Promise<Ran> {
    const shares = this.#split(roundTrips);
    const width = Math.ceil(outstanding / this.children.length);
    const results = await this.#all(async (child, at) => {
      const order = { kind: 'run', calls, roundTrips: shares[at] ?? 0, outstanding: width } as const;
      return (await ask(child, 'ran', order)).ran;
    });
    return {
      latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
      elapsedMs: Math.max(...results.map(({ elapsedMs }) => elapsedMs)),
      cpu: sum(results, ({ cpu }) => cpu),
    };
  }

  /** Every station sends Heartbeats, `perSecond` in all, until `calm`. */
  async beat(perSecond: number): Promise<void> {
    const pace = perSecond / this.children.length;
    await this.#all((child) => ask(child, 'beating', { kind: 'beat', perSecond: pace }));
  }

  /** Ends the Heartbeats. Resolves when all of them are answered, or have failed. */
  async calm(): Promise<Beaten> {
    const results = await this.#all(async (child) => (await ask(child, 'beaten', { kind: 'calm' })).beaten);
    return {
      latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
      timeouts: sum(results, ({ timeouts }) => timeouts),
      lost: sum(results, ({ lost }) => lost),
    };
  }

  /** Ends every connection; all of them can connect again. */
  async leave(): Promise<void> {
    await this.#all((child) => ask(child, 'left', { kind: 'leave' }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop()));
  }

  /** In proportion to the stations of each process. */
  #split(count: number): number[] {
    const all = sum(this.sizes, (size) => size);
    let before = 0;
    return this.sizes.map((size) => {
      const from = Math.round((count * before) / all);
      before += size;
      return Math.round((count * before) / all) - from;
    });
  }

  #all<T>(each: (child: Child, at: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.children.map(each));
  }
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((all, value) => all + of(value), 0);

/** @throws Error as soon as the process says that something went wrong. */
async function ask<Kind extends SwarmAnswer['kind']>(
  child: Child,
  kind: Kind,
  order: SwarmOrder,
): Promise<Extract<SwarmAnswer, { kind: Kind }>> {
  const answer = await child.ask(order, (told) => {
    const heard = told as SwarmAnswer;
    return heard.kind === kind || heard.kind === 'failed' ? heard : undefined;
  });
  if (answer.kind === 'failed') throw new Error(answer.reason);
  return answer as Extract<SwarmAnswer, { kind: Kind }>;
}
