import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Vocabulary } from '../client/vocabulary.js';
import { Line, type Answer, type Outcome } from './line.js';
import type { Random } from './random.js';
import type {
  DrivenTransaction,
  Part,
  Reconnection,
  SentMessage,
  StationRecord,
  TakenCommand,
} from './records.js';

/** How the stations of a run behave. */
export interface Rules {
  /** Endpoint for the next connection of a station, without its id. */
  url(random: Random): string;
  /** Between attempts to connect: from the first, doubled until the second, less a random part; but never less than Retry-After said. */
  readonly backOffMs: readonly [first: number, most: number];
  /** A CALL that has no answer by then is sent again on another connection. */
  readonly answerWithinMs: number;
  /** Share of reconnections that begin with a BootNotification. */
  readonly bootShare: number;
  /** Longest time that a station takes to answer a CALL of the gateway. */
  readonly commandMs: number;
  /** True: it connects again as soon as its connection is lost, not only when it has something to say. */
  readonly staysConnected?: boolean;
  /** Told of an error of ours on the way back, and of the signal's reason. */
  failed?(error: unknown): void;
  /** Told of every message that is acknowledged, but not of repeats. */
  acknowledged?(message: SentMessage): void;
  readonly signal: AbortSignal;
}

/**
 * A station that writes down what it does. It has one CALL at a time, and sends each until it is answered, over as many
 * connections as it takes, with the same content, under the id it had before or a new one.
 */
export class DrivenStation implements StationRecord {
  messages: SentMessage[] = [];
  commands: TakenCommand[] = [];
  readonly strays: string[] = [];
  readonly errors: unknown[] = [];
  /** Of each connection that was lost since, or before the one that it has. */
  readonly reconnections: Reconnection[] = [];
  /** Connections that were opened. */
  connections = 0;

  #sending = false;
  #connecting: Promise<Line> | undefined;
  #line: Line | undefined;
  /** The one before, until it is closed, where the station has opened a second one beside it. */
  #older: Line | undefined;
  #refusals = 0;
  /** Of the last refusal. */
  #retryAfterMs = 0;
  #ids = 0;
  #secondUrl: string | undefined;

  constructor(
    readonly stationId: string,
    readonly vocabulary: Vocabulary,
    private readonly rules: Rules,
    private readonly random: Random,
  ) {}

  get isConnected(): boolean {
    return this.#line?.isOpen === true;
  }

  /** True while a message is on its way, or the station on its way back. */
  get busy(): boolean {
    return this.#sending || this.#connecting !== undefined;
  }

  /** Endpoint of its connection; undefined while it has none. */
  get url(): string | undefined {
    return this.isConnected ? this.#line?.url : undefined;
  }

  /** True until it has opened the second connection that it was told to. */
  get willConnectTwice(): boolean {
    return this.#secondUrl !== undefined;
  }

  /** Messages that were sent more than once. */
  get resent(): number {
    return this.messages.filter(({ sentAs }) => sentAs.length > 1).length;
  }

  /** Sends a message until it is acknowledged. Rejects with the signal's reason. */
  async deliver(part: Part, [action, payload]: Message, transaction?: DrivenTransaction): Promise<Answer> {
    const message = this.#noted(part, [action, payload], transaction);
    const answer = await this.#untilAnswered(message);
    this.rules.acknowledged?.(message);
    return answer;
  }

  /** Sends an acknowledged message once more, as if its answer had not been seen. */
  async repeat(message: SentMessage): Promise<void> {
    await this.#untilAnswered(message);
  }

  /** Cuts the line without a word. */
  cut(): void {
    this.#line?.cut();
    this.#older?.cut();
  }

  /**
   * While the next CALL is in flight the station opens a second connection at `url` and sends the CALL again there, as one
   * does that does not know of the first connection any more.
   */
  connectTwice(url: string): void {
    this.#secondUrl = url;
  }

  /** Drops what was written down, but for the messages of `kept`. */
  forget(kept: (message: SentMessage) => boolean): void {
    this.messages = this.messages.filter(kept);
    this.commands = [];
    this.strays.length = 0;
    this.errors.length = 0;
    this.reconnections.splice(0, this.reconnections.length - (this.isConnected ? 0 : 1));
  }

  #noted(part: Part, [action, payload]: Message, transaction?: DrivenTransaction): SentMessage {
    const about = transaction === undefined ? {} : { transaction };
    const message: SentMessage = {
      part,
      action,
      payload,
      ...about,
      sentAt: undefined,
      sentAs: [],
      answers: [],
    };
    this.messages.push(message);
    return message;
  }

  async #untilAnswered(message: SentMessage): Promise<Answer> {
    this.#sending = true;
    try {
      for (;;) {
        const outcome = await this.#transmit(await this.#connected(), message);
        this.rules.signal.throwIfAborted();
        const answer = this.#answerIn(message, outcome);
        if (answer !== undefined) return answer;
        if (typeof outcome === 'object') await this.#backOff();
      }
    } finally {
      this.#sending = false;
    }
  }

  /** One transmission: of a repeated message under the id it had before, or under a new one. */
  async #transmit(line: Line, message: SentMessage): Promise<Outcome> {
    const before = message.sentAs.at(-1);
    const id = before === undefined || this.random.chance(0.5) ? this.#newId() : before;
    const secondUrl = this.#secondUrl;
    if (secondUrl !== undefined) return await this.#transmitTwice(line, message, id, secondUrl);
    const outcome = await this.#send(line, message, id);
    if (outcome === 'late') line.cut();
    else if (outcome !== 'lost') this.#older?.sendInVain(this.#newId(), 'Heartbeat', {});
    return outcome;
  }

  async #send(line: Line, message: SentMessage, id: string): Promise<Outcome> {
    message.sentAs.push(id);
    message.sentAt ??= performance.now();
    return await line.call(id, message.action, message.payload, this.rules.answerWithinMs);
  }

  #newId(): string {
    return `${this.stationId}-${++this.#ids}`;
  }

  /** The answer, if it is one. Everything that came stays written down. */
  #answerIn({ answers }: SentMessage, outcome: Outcome): Answer | undefined {
    if (outcome === 'lost' || outcome === 'late') return undefined;
    if ('answer' in outcome) {
      answers.push(outcome.answer);
      return outcome.answer;
    }
    this.errors.push(outcome.error);
    return undefined;
  }

  /** On the connection that is there, while a newer one comes up: that one is the station's from then on. */
  async #transmitTwice(older: Line, message: SentMessage, id: string, url: string): Promise<Outcome> {
    this.#secondUrl = undefined;
    const isFirst = this.random.chance(0.5);
    const early = isFirst ? this.#send(older, message, id) : undefined;
    const newer = await this.#open(url);
    const outcome = early ?? this.#send(older, message, id);
    if (newer === undefined) return await outcome;
    this.#line = newer;
    this.#older = older;
    // What the older connection says to its own CALL is still an answer to it, and must be the same.
    void outcome.then((answered) => this.#answerIn(message, answered));
    void this.#watch(older);
    return 'lost';
  }

  /** The gateway has to close the older of two connections. */
  async #watch(older: Line): Promise<void> {
    const { answerWithinMs } = this.rules;
    const timer = setTimeout(() => {
      this.strays.push(`the older of two connections was not closed within ${answerWithinMs} ms`);
      older.cut();
    }, answerWithinMs);
    await older.closed;
    clearTimeout(timer);
    if (this.#older === older) this.#older = undefined;
  }

  async #connected(): Promise<Line> {
    if (this.#connecting === undefined && this.#line?.isOpen === true) return this.#line;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return await this.#connecting;
  }

  async #connect(): Promise<Line> {
    for (;;) {
      if (this.#line?.isOpen === true) return this.#line;
      this.rules.signal.throwIfAborted();
      const isFirst = this.connections === 0;
      if (!isFirst || this.#refusals > 0) {
        const waited = await this.#backOff();
        this.#reconnection?.backOffs.push(waited);
      }
      this.#line = await this.#open(this.rules.url(this.random));
      if (this.#line === undefined) {
        this.#refusals++;
        continue;
      }
      this.#refusals = 0;
      if (this.#reconnection !== undefined) this.#reconnection.backAt = performance.now();
      if (!isFirst && this.random.chance(this.rules.bootShare)) await this.#boot(this.#line);
    }
  }

  /** One attempt: the station is accepted already, and goes on whether it is answered or not. */
  async #boot(line: Line): Promise<void> {
    const message = this.#noted('boot', this.vocabulary.boot());
    this.#answerIn(message, await this.#transmit(line, message));
  }

  /** The one under way. */
  get #reconnection(): Reconnection | undefined {
    const last = this.reconnections.at(-1);
    return last?.backAt === undefined ? last : undefined;
  }

  /** Resolves with what it waited: as drawn, or as it was told. */
  async #backOff(): Promise<number> {
    const [first, most] = this.rules.backOffMs;
    const longest = Math.min(first * 2 ** Math.min(this.#refusals, 20), most);
    const waited = Math.max(longest * (0.5 + this.random.next() / 2), this.#retryAfterMs);
    this.#retryAfterMs = 0;
    await sleep(waited);
    return waited;
  }

  async #open(url: string): Promise<Line | undefined> {
    const line = await Line.open({
      url,
      stationId: this.stationId,
      subprotocol: this.vocabulary.subprotocol,
      commanded: (command, answer) => this.#commanded(command, answer),
      stray: (what) => this.strays.push(what),
    });
    if (!(line instanceof Line)) {
      this.#retryAfterMs = line.retryAfterMs;
      return undefined;
    }
    this.connections++;
    void line.closed.then((code) => this.#lost(line, code));
    return line;
  }

  #lost(line: Line, code: number): void {
    // The older of two is no loss.
    if (this.#line !== line || this.rules.signal.aborted) return;
    this.reconnections.push({ closedAt: performance.now(), code, backOffs: [], backAt: undefined });
    if (this.rules.staysConnected !== true) return;
    this.#connected().catch((error: unknown) => this.rules.failed?.(error));
  }

  #commanded(command: TakenCommand, answer: (payload: object) => void): void {
    this.commands.push(command);
    const { messageId } = command.payload;
    const result = { status: 'Accepted', ...(typeof messageId === 'string' && { data: messageId }) };
    setTimeout(() => answer(result), this.random.next() * this.rules.commandMs);
  }
}
