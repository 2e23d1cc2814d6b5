import { MOST_OPEN_CALLS } from './limits.js';

/** A CALL that waits for its answer. */
export interface OpenCall {
  readonly action: string;
  /** Something in it was masked, or not looked at: its answer may repeat it. */
  readonly mayHoldSecrets: boolean;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** The CALLs that one side has sent and that are not answered yet; past the limit, the oldest is forgotten. */
export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>();

  add(id: string, call: OpenCall): void {
    if (!this.#calls.has(id) && this.#calls.size >= MOST_OPEN_CALLS) {
      for (const oldest of this.#calls.keys()) {
        this.#calls.delete(oldest);
        break;
      }
    }
    this.#calls.set(id, call);
  }

  get(id: string): OpenCall | undefined {
    return this.#calls.get(id);
  }

  /** The CALL is answered. */
  delete(id: string): void {
    this.#calls.delete(id);
  }
}
