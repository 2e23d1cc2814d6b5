import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { stationToken } from '../../libs/link/mod.js';
import { pick, type Random } from '../driven/random.js';

/** What a caller was told. */
export interface Told {
  readonly status: string;
  readonly reason?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** By performance.now(). */
  readonly at?: number;
}

/** A command of a business service, by what its caller knows. */
export interface IssuedCommand {
  /** Its id; also in the payload, so that a result can be told from another's. */
  readonly commandId: string;
  readonly stationId: string;
  /** By performance.now(). */
  readonly at: number;
  /** How often it was sent, always under the same id. */
  sent: number;
  /** Every end that the caller was told of. Told again it must be the same. */
  readonly told: Told[];
}

export interface BusinessOptions {
  readonly servers: readonly string[];
  readonly random: Random;
  readonly stationIds: readonly string[];
  readonly perSecond: number;
}

const NOBODY = 503;
/** A caller that has heard nothing for so long sends its command again. */
const REPEAT_MS = 1000;

/**
 * A business service: sends commands over NATS, at an even pace, each under an id of its own and again until it is told how it
 * ended. Writes down what it is told.
 */
export class Business {
  issued: IssuedCommand[] = [];
  readonly #commands = new Map<string, IssuedCommand>();
  readonly #inbox: string;
  readonly #run: string;
  #connected = true;
  #paused = false;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly options: BusinessOptions,
  ) {
    this.#run = Math.trunc(options.random.next() * 1e9).toString(36);
    this.#inbox = `_INBOX.business.${this.#run}`;
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
    this.#commands.clear();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.connection.close();
  }

  #issue(): void {
    this.#repeat();
    if (this.#paused || !this.#connected) return;
    const { random, stationIds } = this.options;
    const stationId = pick(random, stationIds);
    const commandId = `${this.#run}-${++this.#count}`;
    const command: IssuedCommand = { commandId, stationId, at: performance.now(), sent: 0, told: [] };
    this.issued.push(command);
    this.#commands.set(commandId, command);
    this.#send(command);
  }

  /** Goes on also while nothing new is issued. */
  #repeat(): void {
    if (!this.#connected) return;
    const now = performance.now();
    for (const command of this.issued) {
      if (command.told.length === 0 && now > command.at + command.sent * REPEAT_MS) this.#send(command);
    }
  }

  #send(command: IssuedCommand): void {
    const { commandId, stationId } = command;
    command.sent++;
    const payload = JSON.stringify({ vendorId: 'com.example', messageId: commandId });
    const subject = `csms.command.${stationToken(stationId)}.DataTransfer.${commandId}`;
    this.connection.publish(subject, payload, { reply: `${this.#inbox}.${commandId}` });
  }

  /** That one copy found nobody is no end: others may be on their way. */
  #hear(message: Msg): void {
    const command = this.#commands.get(message.subject.slice(this.#inbox.length + 1));
    if (command === undefined) return;
    if (message.headers?.code === NOBODY && message.data.length === 0) return;
    const told = message.json<Told>();
    if (told.reason !== 'unserved') command.told.push({ ...told, at: performance.now() });
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'reconnect') this.#connected = true;
      if (type === 'disconnect') this.#connected = false;
    }
  }
}
