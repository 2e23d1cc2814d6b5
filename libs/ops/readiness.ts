import type { Clock, Timer } from '../clock/mod.js';

/** Throws or rejects with what is wrong. */
export type Check = () => Promise<void> | void;

/** Checks may write to a disk, and whoever reaches the ops port may ask: a result holds for so long. */
const RESULT_HOLDS_MS = 1000;

/** Runs the checks that readiness depends on, one run at a time. */
export class Readiness {
  #last: { readonly at: number; readonly results: Promise<Readonly<Record<string, string>>> } | undefined;

  constructor(
    private readonly checks: Readonly<Record<string, Check>>,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  /** Of each check 'ok', or what is wrong; at most a second and the time of the checks old. */
  results(): Promise<Readonly<Record<string, string>>> {
    const now = this.clock.monotonic();
    if (this.#last === undefined || now - this.#last.at >= RESULT_HOLDS_MS) {
      this.#last = { at: now, results: this.#run() };
    }
    return this.#last.results;
  }

  async #run(): Promise<Record<string, string>> {
    const outcomes = Object.entries(this.checks).map(
      async ([name, check]) => [name, await this.#outcome(check)] as const,
    );
    return Object.fromEntries(await Promise.all(outcomes));
  }

  async #outcome(check: Check): Promise<string> {
    let timer: Timer | undefined;
    const late = new Promise<string>((resolve) => {
      const text = `no answer within ${this.timeoutMs} ms`;
      timer = this.clock.setTimer(this.timeoutMs, () => resolve(text));
    });
    const ended = async () => {
      await check();
      return 'ok';
    };
    try {
      return await Promise.race([late, ended()]);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      timer?.cancel();
    }
  }
}
