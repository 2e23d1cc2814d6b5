import type { Call, Send } from './up.js';

/** Envelopes of one kind that may be on their way within a process and still be known here. */
const KEPT = 512;
/** Larger ones are few, and would be kept for nothing where nobody in the process decodes them. */
const LARGEST = 16 * 1024;

/**
 * What the envelopes say that this process has encoded and not decoded yet. A bus within the process hands over the very
 * bytes that were published, in order: who gets them need not decode them again. Only that: bytes which are not known
 * here are decoded, to the same values.
 */
export class OnTheirWay<Meaning> {
  #envelopes: Uint8Array[] = [];
  #meanings: Meaning[] = [];
  #head = 0;

  add(envelope: Uint8Array, meaning: Meaning): void {
    if (this.#envelopes.length === KEPT || envelope.length > LARGEST) return;
    this.#envelopes.push(envelope);
    this.#meanings.push(meaning);
  }

  /** What `envelope` says when it is one of them: the same object, not one of the same bytes. Those before it were lost. */
  take(envelope: Uint8Array): Meaning | undefined {
    if (this.#envelopes.length === 0) return undefined;
    const at = this.#envelopes.indexOf(envelope, this.#head);
    const meaning = this.#meanings[at];
    if (at === -1 || at === this.#envelopes.length - 1) {
      this.#envelopes.length = 0;
      this.#meanings.length = 0;
      this.#head = 0;
    } else {
      this.#head = at + 1;
    }
    return meaning;
  }
}

/** CALLs and SENDs that the edge of this process has encoded and its worker has not decoded yet. */
export const callsOnTheirWay = new OnTheirWay<Call | Send>();
