import type { Timer } from '../clock/mod.js';
import type { BusMessage } from './bus.js';
import { BusError } from './errors.js';

/** A request that waits for its reply; ends once. */
export class Request {
  #timer: Timer | undefined;

  constructor(
    private readonly subject: string,
    private readonly resolve: (message: BusMessage) => void,
    private readonly reject: (error: BusError) => void,
    /** Called when it ends, before the promise is settled. */
    private readonly forget: () => void,
  ) {}

  /** @param schedule sets a timer, of the clock or of a wheel. */
  startTimer(schedule: (delayMs: number, callback: () => void) => Timer, timeoutMs: number): void {
    this.#timer = schedule(timeoutMs, () => {
      this.fail(new BusError('timeout', `no reply on subject "${this.subject}" within ${timeoutMs} ms`));
    });
  }

  settle(message: BusMessage): void {
    if (message.noResponders === true) {
      this.fail(
        new BusError('no_responders', `nobody answers on subject "${this.subject}": is its service running?`),
      );
      return;
    }
    this.#end();
    this.resolve(message);
  }

  fail(error: BusError): void {
    this.#end();
    this.reject(error);
  }

  #end(): void {
    this.#timer?.cancel();
    this.forget();
  }
}
