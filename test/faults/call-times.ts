export interface Spread {
  readonly calls: number;
  /** Milliseconds; 0 without calls. */
  readonly p99: number;
  readonly worst: number;
}

/** How long CALLs took, from their first transmission to their answer. Times are performance.now(). */
export class CallTimes {
  readonly #sent: number[] = [];
  readonly #answered: number[] = [];

  add(sent: number, answered: number): void {
    this.#sent.push(sent);
    this.#answered.push(answered);
  }

  /** Of the CALLs that were under way at some moment between the two. */
  during(from: number, to: number): Spread {
    return this.#spread((sent, answered) => answered >= from && sent <= to);
  }

  /** Of the CALLs that were answered between the two. */
  answered(from: number, to: number): Spread {
    return this.#spread((_, answered) => answered >= from && answered <= to);
  }

  #spread(counts: (sent: number, answered: number) => boolean): Spread {
    const times: number[] = [];
    for (const [at, sent] of this.#sent.entries()) {
      const answered = this.#answered[at] ?? sent;
      if (counts(sent, answered)) times.push(answered - sent);
    }
    times.sort((one, other) => one - other);
    const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? 0;
    return { calls: times.length, p99, worst: times.at(-1) ?? 0 };
  }

  forget(): void {
    this.#sent.length = 0;
    this.#answered.length = 0;
  }
}
