import { within, type Clock } from '../../libs/clock/mod.js';
import { StartError } from '../../libs/ops/mod.js';
import { sharedTimers, type ConnectionEnd, type TlsOptions } from '../../libs/station/mod.js';
import { createFleet, fleetSize, type Member } from './fleet.js';
import type { SimulatorConfig } from './options.js';
import { refusalOf, type Refusal } from './refusals.js';
import { play, type Stage } from './scenarios.js';
import { Statistics } from './statistics.js';
import { summarise, type Summary } from './summary.js';

/** A station that was online and cannot come back for so long is given up. */
const GIVE_UP_MS = 120_000;
/** Times that a station that never was online tries to connect. */
const FIRST_ATTEMPTS = 5;
/** How often starting stations are released. */
const RAMP_STEP_MS = 20;

/** A station that has been started and not stopped. */
interface Playing {
  readonly giveUp: () => void;
  offlineSince: number;
  /** Failed connections in a row. */
  tries: number;
}

/** Runs a fleet of stations through one scenario. */
export class Simulation {
  readonly statistics = new Statistics((stationId, end) => this.#watchEnd(stationId, end));
  readonly total: number;
  readonly #config: SimulatorConfig;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #tls: TlsOptions | undefined;
  readonly #startedAt: number;
  readonly #curtain: Promise<void>;
  #fall: () => void = () => undefined;
  #stopping = false;
  #interrupted = false;
  #hopeless: string | undefined;
  #allBootedMs: number | undefined;
  readonly #playing = new Map<string, Playing>();

  /** @param seed of all randomness. */
  constructor(config: SimulatorConfig, surroundings: { clock: Clock; seed: number; tls?: TlsOptions }) {
    this.#config = config;
    this.#clock = sharedTimers(surroundings.clock);
    this.#seed = surroundings.seed;
    this.#tls = surroundings.tls;
    this.#startedAt = this.#clock.monotonic();
    this.total = fleetSize(config);
    this.#curtain = new Promise((resolve) => {
      this.#fall = resolve;
    });
  }

  get elapsedMs(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** Ends the simulation early: stations leave, the summary tells how far they came. */
  interrupt(): void {
    this.#interrupted = true;
    this.#end();
  }

  /**
   * Resolves with the summary when every station has played its part and left.
   * @throws StartError when no station at all could connect.
   */
  async run(): Promise<Summary> {
    const { duration } = this.#config;
    const limit = duration > 0 ? this.#clock.setTimer(duration, () => this.#end()) : undefined;
    await this.#startAll();
    limit?.cancel();
    if (this.#hopeless !== undefined) throw new StartError(this.#hopeless);
    return summarise(this.#config, this.statistics, {
      total: this.total,
      seed: this.#seed,
      elapsedMs: this.elapsedMs,
      allBootedMs: this.#allBootedMs,
      interrupted: this.#interrupted,
    });
  }

  /** Starts `ramp` stations a second; resolves when all that were started have left. */
  async #startAll(): Promise<void> {
    const ramp = this.#config.scenario === 'storm' ? 0 : this.#config.ramp;
    const parts: Promise<void>[] = [];
    for (const member of createFleet(this.#config, {
      clock: this.#clock,
      observer: this.statistics,
      seed: this.#seed,
      tls: this.#tls,
    })) {
      while (ramp > 0 && !this.#stopping && parts.length >= 1 + (this.elapsedMs / 1000) * ramp) {
        await this.#pause(RAMP_STEP_MS);
      }
      if (this.#stopping) break;
      parts.push(this.#perform(member));
    }
    await Promise.all(parts);
  }

  #pause(ms: number): Promise<void> {
    return within(this.#clock, ms, this.#curtain);
  }

  /** One station's life: connect, be accepted, play, leave. Ends early at the curtain or when it is given up. */
  async #perform(member: Member): Promise<void> {
    const { station } = member;
    const stage: Stage = { config: this.#config, statistics: this.statistics, curtain: this.#curtain };
    const givenUp = new Promise<void>((giveUp) => {
      this.#playing.set(station.stationId, { giveUp, offlineSince: this.#clock.monotonic(), tries: 0 });
    });
    station.start();
    const part = station.accepted().then(() => {
      if (this.statistics.booted === this.total) this.#allBootedMs ??= this.elapsedMs;
      return play(member, stage);
    });
    await Promise.race([part, givenUp, this.#curtain]);
    this.#playing.delete(station.stationId);
    await station.stop();
  }

  /** Gives up a station that cannot connect. */
  #watchEnd(stationId: string, end: ConnectionEnd): void {
    const entry = this.#playing.get(stationId);
    if (entry === undefined || this.#stopping) return;
    const refusal = refusalOf(end);
    if (refusal === undefined) {
      entry.offlineSince = this.#clock.monotonic();
      entry.tries = 0;
      return;
    }
    entry.tries++;
    if (this.#mayTryAgain(stationId, entry, refusal)) return;
    this.statistics.problems.add(refusal.kind, `${stationId}: ${refusal.advice}`);
    if (refusal.forAll && this.statistics.isUntouched) this.#giveUpAll(refusal);
    entry.giveUp();
  }

  #mayTryAgain(stationId: string, entry: Playing, refusal: Refusal): boolean {
    if (!refusal.retry) return false;
    if (refusal.forAll && this.statistics.isUntouched) return false;
    if (!this.statistics.hasBeenOnline(stationId)) return entry.tries < FIRST_ATTEMPTS;
    return this.#clock.monotonic() - entry.offlineSince < GIVE_UP_MS;
  }

  /** The first station found nobody there, so the others need not try. */
  #giveUpAll(refusal: Refusal): void {
    this.#hopeless = `${this.#config.url} is ${refusal.kind}: ${refusal.advice}`;
    this.#end();
  }

  #end(): void {
    this.#stopping = true;
    this.#fall();
  }
}
