import { subprotocolOf, type Version } from '../../libs/ocpp/mod.js';
import { AnswerBook } from './answer-book.js';
import type { Random } from '../driven/random.js';
import { bytesOf } from './random.js';
import type { Tally } from './tally.js';
import { encodeFrame, OPCODE, type FrameShape } from './wire/frame.js';
import type { ServerFrame } from './wire/frame-reader.js';
import { Line, type Endpoint } from './wire/line.js';
import { upgradeRequest } from './wire/upgrade.js';

export interface SessionOptions {
  readonly endpoint: Endpoint;
  readonly stationId: string;
  readonly version: Version;
  readonly random: Random;
  readonly tally: Tally;
  /** Of the messages that this session sends by itself; unique for the station. */
  readonly name: string;
}

/** An answer that takes longer counts as none, in milliseconds. */
const DEADLINE_MS = 60_000;

/** An attacker's WebSocket that the gateway takes for a station's. Every answer is checked; every byte is counted. */
export class Session {
  readonly line: Line;
  readonly book: AnswerBook;
  #controls = 0;
  #quiet: (() => void) | undefined;
  /** Pongs received. */
  pongs = 0;

  constructor(private readonly options: SessionOptions) {
    const { tally, endpoint, version } = options;
    this.book = new AnswerBook(version);
    this.line = new Line(endpoint, {
      frame: (frame) => this.#received(frame),
      broken: (why) => tally.problem(`${this.name}: the gateway sent ${why}`),
    });
    tally.connections++;
    void this.line.ended.then((ending) => {
      tally.ended(ending);
      this.#quiet?.();
    });
  }

  /** A session whose handshake was accepted; undefined when it was not. */
  static async open(options: SessionOptions): Promise<Session | undefined> {
    const session = new Session(options);
    const { stationId, version, random, tally, endpoint } = options;
    const path = `${endpoint.basePath}/${encodeURIComponent(stationId)}`;
    void session.write(upgradeRequest(random, { path, protocols: subprotocolOf(version) }));
    const answer = await session.line.answer();
    if (answer?.status === 101) return session;
    tally.notUpgraded++;
    tally.answer(answer === undefined ? 'no answer' : `HTTP ${answer.status}`);
    session.line.hangUp();
    return undefined;
  }

  get name(): string {
    return this.options.name;
  }

  get version(): Version {
    return this.options.version;
  }

  get isOpen(): boolean {
    return this.line.isOpen;
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): Promise<void> {
    this.options.tally.sent(bytes);
    return this.line.write(bytes);
  }

  /** The bytes of a frame, masked as it should be unless told otherwise. Counts it as sent. */
  frame(shape: Omit<FrameShape, 'mask'> & { mask?: Uint8Array | 'none' }): Buffer {
    this.options.tally.frames++;
    const mask = shape.mask === 'none' ? undefined : (shape.mask ?? bytesOf(this.options.random, 4));
    return encodeFrame({ ...shape, mask });
  }

  /** The bytes of a text message that the gateway may answer. */
  text(message: Uint8Array): Buffer {
    this.book.sent(message);
    return this.frame({ opcode: OPCODE.TEXT, payload: message });
  }

  /** The bytes of a valid CALL that must be answered with a CALLRESULT. */
  control(): Buffer {
    return this.call('Heartbeat', {});
  }

  /** The bytes of this valid CALL, which must be answered with a CALLRESULT. */
  call(action: string, payload: object): Buffer {
    const id = `${this.name}-c${++this.#controls}`;
    this.book.control(id);
    return this.text(Buffer.from(JSON.stringify([2, id, action, payload])));
  }

  /** Resolves when all controls are answered, or the connection has ended. */
  async settled(deadlineMs = DEADLINE_MS): Promise<void> {
    if (this.book.unanswered === 0 || this.line.ending !== undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        const { unanswered } = this.book;
        this.options.tally.problem(
          `${this.name}: ${unanswered} valid CALLs were not answered in ${deadlineMs} ms`,
        );
        resolve();
      }, deadlineMs);
      this.#quiet = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#quiet = undefined;
  }

  /** Checks that every control was answered on a connection that is open, then ends it. */
  async finish(): Promise<void> {
    await this.settled();
    if (this.line.ending !== undefined) {
      this.options.tally.problem(
        `${this.name}: the connection ended (${this.line.ending}), which nothing asked for`,
      );
    }
    await this.leave();
  }

  /** Ends the connection as a client should. */
  async leave(): Promise<void> {
    this.line.close(1000, bytesOf(this.options.random, 4));
    await this.line.ended;
  }

  #received({ opcode, payload }: ServerFrame): void {
    const { tally } = this.options;
    switch (opcode) {
      case OPCODE.TEXT: {
        const { label, problem } = this.book.received(payload);
        tally.answer(label);
        if (problem !== undefined) tally.problem(`${this.name}: ${problem}`);
        if (this.book.unanswered === 0) this.#quiet?.();
        return;
      }
      case OPCODE.PING:
        void this.line.write(encodeFrame({ opcode: OPCODE.PONG, payload, mask: Buffer.alloc(4) }));
        return;
      case OPCODE.PONG:
        this.pongs++;
        return;
      default:
        tally.problem(`${this.name}: the gateway sent a frame with opcode ${opcode}`);
    }
  }
}
