import { encodeUp, type Connection } from '../../../libs/link/mod.js';
import type { ConnectionContext, HeldRoute, Published } from './context.js';

/**
 * What one connection tells the worker that owns its shard. A CALL and the answer to an order are held, and published again
 * until the worker has answered: with back-off, and to every new owner, who is told of the connection first.
 */
export class Uplink {
  /** The CALL in flight. */
  #call: Uint8Array | undefined;
  #callTooLarge = false;
  /** The answer to the last order. */
  #answer: Uint8Array | undefined;
  /** Nobody served the shard when something was published last. */
  #unowned = false;
  #unownedTries = 0;
  #resendAt = 0;
  #resends = 0;

  constructor(
    private readonly route: HeldRoute,
    private readonly link: Connection,
    private readonly context: ConnectionContext,
  ) {}

  /** True while there is something that may have to be published again. */
  get needsTime(): boolean {
    return this.#unowned || this.#call !== undefined || this.#answer !== undefined;
  }

  /** The bus does not carry the CALL that is held. */
  get callTooLarge(): boolean {
    return this.#callTooLarge;
  }

  publish(envelope: Uint8Array, now: number): Published {
    if (this.#unowned) this.#announce(now);
    const published = this.context.publish(this.route, envelope);
    if (published === 'unavailable') this.#retrySoon(now);
    return published;
  }

  /** Publishes a CALL and holds it until `callSettled`. */
  holdCall(envelope: Uint8Array, now: number): void {
    this.#call = envelope;
    this.#arm(now);
    this.#publishCall(envelope, now);
  }

  callSettled(): void {
    this.#call = undefined;
    this.#callTooLarge = false;
  }

  /** Publishes an answer and holds it until `answerSettled`; drops one that the bus does not carry. */
  holdAnswer(envelope: Uint8Array, now: number): void {
    this.#answer = envelope;
    this.#arm(now);
    this.#publishAnswer(envelope, now);
  }

  answerSettled(): void {
    this.#answer = undefined;
  }

  /** A worker has spoken. */
  heard(): void {
    this.#unowned = false;
    this.#unownedTries = 0;
  }

  /** Nobody serves the shard. */
  unowned(now: number): void {
    if (!this.#unowned) this.#retrySoon(now);
  }

  /** The shard has a new owner. */
  reannounce(now: number): void {
    this.#unownedTries = 0;
    this.#announce(now);
    this.#republish(now);
  }

  /** Does what is due. */
  sweep(now: number): void {
    if (!this.needsTime || now < this.#resendAt) return;
    if (this.#unowned) this.#announce(now);
    this.#republish(now);
  }

  #arm(now: number): void {
    this.#resends = 0;
    this.#resendAt = now + this.context.config.resendAfterMs;
  }

  #announce(now: number): void {
    this.#unowned = false;
    const announcement = encodeUp({ kind: 'connected', connection: this.link, resumed: true });
    if (this.context.publish(this.route, announcement) === 'unavailable') this.#retrySoon(now);
  }

  #republish(now: number): void {
    const { config, metrics } = this.context;
    if (!this.#unowned)
      this.#resendAt = now + backOff(config.resendAfterMs, ++this.#resends, config.resendAtMostMs);
    if (this.#call !== undefined) {
      metrics.resend('call');
      this.route.callResent();
      this.#publishCall(this.#call, now);
    }
    if (this.#answer !== undefined) {
      metrics.resend('answer');
      this.#publishAnswer(this.#answer, now);
    }
  }

  #publishCall(envelope: Uint8Array, now: number): void {
    this.#callTooLarge = this.publish(envelope, now) === 'too_large';
  }

  #publishAnswer(envelope: Uint8Array, now: number): void {
    if (this.publish(envelope, now) === 'too_large') this.#answer = undefined;
  }

  #retrySoon(now: number): void {
    const { unownedRetryMs, unownedRetryAtMostMs } = this.context.config;
    this.#unowned = true;
    this.#resendAt = now + backOff(unownedRetryMs, this.#unownedTries++, unownedRetryAtMostMs);
  }
}

const backOff = (first: number, times: number, most: number): number => Math.min(first * 2 ** times, most);
