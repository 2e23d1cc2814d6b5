import { createHash } from 'node:crypto';
import type { Ending } from './wire/line.js';

/** What one attack did, and what came back. Plain data: it goes from thread to thread. */
export interface TallyData {
  readonly attack: string;
  readonly seconds: number;
  readonly connections: number;
  /** Connections that were not taken up: no answer, or an HTTP status other than 101. */
  readonly notUpgraded: number;
  /** OCPP messages and other WebSocket frames. */
  readonly frames: number;
  readonly bytes: number;
  /** Of all bytes: the same seed gives the same. */
  readonly digest: string;
  /** CALLRESULTs, CALLERRORs by code, HTTP statuses. */
  readonly answers: Readonly<Record<string, number>>;
  /** Ends of connections by close code, `cut`, `us` or `refused`. */
  readonly closes: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  readonly problemCount: number;
}

const KEPT_PROBLEMS = 12;
const DIGEST_MODULUS = 2 ** 48;

/** Counts what an attack does. */
export class Tally {
  connections = 0;
  notUpgraded = 0;
  frames = 0;
  bytes = 0;
  readonly #since = performance.now();
  readonly #answers = new Map<string, number>();
  readonly #closes = new Map<string, number>();
  readonly #notes: string[] = [];
  readonly #problems: string[] = [];
  #problemCount = 0;
  #digest = 0;

  constructor(readonly attack: string) {}

  answer(label: string): void {
    this.#answers.set(label, (this.#answers.get(label) ?? 0) + 1);
  }

  ended(ending: Ending): void {
    const label = String(ending);
    this.#closes.set(label, (this.#closes.get(label) ?? 0) + 1);
  }

  /** Something worth telling that is no problem. */
  note(text: string): void {
    this.#notes.push(text);
  }

  problem(text: string): void {
    this.#problemCount++;
    if (this.#problems.length < KEPT_PROBLEMS) this.#problems.push(text);
  }

  /** Bytes that an attack has decided to send; in which order connections send theirs does not count. */
  sent(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    const sum = createHash('sha1').update(bytes).digest().readUIntBE(0, 6);
    this.#digest = (this.#digest + sum) % DIGEST_MODULUS;
  }

  data(): TallyData {
    return {
      attack: this.attack,
      seconds: (performance.now() - this.#since) / 1000,
      connections: this.connections,
      notUpgraded: this.notUpgraded,
      frames: this.frames,
      bytes: this.bytes,
      digest: this.#digest.toString(16).padStart(12, '0'),
      answers: sorted(this.#answers),
      closes: sorted(this.#closes),
      notes: this.#notes,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
