import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { stationToken } from '../../libs/link/mod.js';
import { pick, type Random } from '../driven/random.js';

/** What a caller was told. `nobody`: no worker serves the station at this moment. */
export interface Told {
  readonly status: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A command of a business service, by what its caller knows. */
export interface IssuedCommand {
  /** In the payload, so that the station that carries it out can be told. */
  readonly nonce: string;
  readonly stationId: string;
  /** By performance.now(). */
  readonly at: number;
  /** Everything that the caller was told; more than one thing is too much. */
  readonly told: Told[];
  /** The caller's own connection to NATS was lost before it was told: nobody can say what it would have been. */
  cutOff: boolean;
}

export interface BusinessOptions {
  readonly servers: readonly string[];
  readonly random: Random;
  readonly stationIds: readonly string[];
  readonly perSecond: number;
}

const NOBODY = 503;

/** A business service: sends commands over NATS, at an even pace, and writes down what it is told about each. */
export class Business {
  issued: IssuedCommand[] = [];
  readonly #waiting = new Map<string, IssuedCommand>();
  readonly #inbox: string;
  #connected = true;
  #paused = false;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly options: BusinessOptions,
  ) {
    this.#inbox = `_INBOX.business.${Math.trunc(options.random.next() * 1e9)}`;
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#hear(message);
      },
    });
    void this.#watch();
    this.#timer = setInterval(() => this.#issue(), 1000 / options.perSecond);
  }

  static async start(options: BusinessOptions): Promise<Business> {
    const connection = await connect({
      servers: [...options.servers],
      name: 'business',
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      reconnectJitter: 100,
      ignoreClusterUpdates: true,
    });
    return new Business(connection, options);
  }

  /** Issues nothing more; resolves when every caller was told, or `deadlineMs` after its command. */
  async pause(deadlineMs: number): Promise<void> {
    this.#paused = true;
    for (;;) {
      const open = this.issued.filter(
        ({ told, at }) => told.length === 0 && performance.now() < at + deadlineMs,
      );
      if (open.length === 0) return;
      await sleep(20);
    }
  }

  resume(): void {
    this.#paused = false;
  }

  forget(): void {
    this.issued = [];
    this.#waiting.clear();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.connection.close();
  }

  #issue(): void {
    if (this.#paused || !this.#connected) return;
    const { random, stationIds } = this.options;
    const stationId = pick(random, stationIds);
    const nonce = `n-${++this.#count}`;
    const command: IssuedCommand = { nonce, stationId, at: performance.now(), told: [], cutOff: false };
    this.issued.push(command);
    this.#waiting.set(nonce, command);
    const payload = JSON.stringify({ vendorId: 'com.example', messageId: nonce });
    this.connection.publish(`csms.command.${stationToken(stationId)}.DataTransfer`, payload, {
      reply: `${this.#inbox}.${nonce}`,
    });
  }

  #hear(message: Msg): void {
    const command = this.#waiting.get(message.subject.slice(this.#inbox.length + 1));
    if (command === undefined) return;
    const nobody = message.headers?.code === NOBODY && message.data.length === 0;
    command.told.push(nobody ? { status: 'nobody' } : message.json<Told>());
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'reconnect') this.#connected = true;
      if (type !== 'disconnect') continue;
      this.#connected = false;
      for (const command of this.#waiting.values()) command.cutOff ||= command.told.length === 0;
    }
  }
}
