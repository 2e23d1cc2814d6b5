/** The CALL that the worker had sent to the station, and the station's answer until the worker has it. */
export class OutboundOrder {
  #id: string | undefined;
  #answer: Uint8Array | undefined;

  /** True from the sending until the worker has the answer. */
  get isOpen(): boolean {
    return this.#id !== undefined;
  }

  /** The envelope with the station's answer. */
  get answer(): Uint8Array | undefined {
    return this.#answer;
  }

  /** True: it is a new one, to be sent, and the one before is forgotten. False: it was sent already. */
  begin(id: string): boolean {
    if (this.#id === id) return false;
    this.#id = id;
    this.#answer = undefined;
    return true;
  }

  /** True while the CALL with this id waits for its first answer. */
  awaits(id: string): boolean {
    return this.#id === id && this.#answer === undefined;
  }

  keep(answer: Uint8Array): void {
    this.#answer = answer;
  }

  /** The worker has the answer, or wants the CALL sent again. False: it was not about this CALL. */
  settle(id: string): boolean {
    if (this.#id !== id) return false;
    this.#id = undefined;
    this.#answer = undefined;
    return true;
  }
}
