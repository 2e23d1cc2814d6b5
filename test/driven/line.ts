import { WebSocket } from 'ws';
import type { TakenCommand } from './records.js';

export type Answer = Record<string, unknown>;
/** `lost`: the connection closed before the answer came. `late`: the answer did not come in time. */
export type Outcome = { readonly answer: Answer } | { readonly error: unknown } | 'lost' | 'late';

export interface LineOptions {
  /** Endpoint without the station id. */
  readonly url: string;
  readonly stationId: string;
  readonly subprotocol: string;
  /** A CALL of the gateway. `answer` sends its CALLRESULT, unless the line is gone. */
  commanded(command: TakenCommand, answer: (payload: object) => void): void;
  /** Something came that must not come. */
  stray(what: string): void;
}

/** A handshake that was not taken up. */
export interface Refusal {
  /** Before this time the station shall not come again; 0 where nothing was said. */
  readonly retryAfterMs: number;
}

const HANDSHAKE_MS = 10_000;

/**
 * One WebSocket of a station. It knows the one CALL that it has asked and not heard of: any other answer is a stray, be it
 * the second one, or one to a CALL of another connection.
 */
export class Line {
  #outstanding:
    { readonly id: string; readonly timer: NodeJS.Timeout; done(outcome: Outcome): void } | undefined;
  /** The gateway's CALL that is not answered yet. */
  #commandId: string | undefined;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;

  private constructor(
    private readonly socket: WebSocket,
    private readonly options: LineOptions,
  ) {
    socket.on('message', (data) => this.#receive((data as Buffer).toString()));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code) => {
        this.#finish('lost');
        resolve(code);
      });
    });
  }

  static async open(options: LineOptions): Promise<Line | Refusal> {
    const { url, stationId, subprotocol } = options;
    const socket = new WebSocket(`${url}/${encodeURIComponent(stationId)}`, [subprotocol], {
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
    });
    const line = new Line(socket, options);
    return await new Promise((resolve) => {
      socket.once('open', () => resolve(line));
      socket.once('unexpected-response', (_request, { headers }) => {
        resolve({ retryAfterMs: 1000 * Number(headers['retry-after'] ?? 0) });
        socket.terminate();
      });
      socket.once('error', () => resolve({ retryAfterMs: 0 }));
    });
  }

  /** Its endpoint. */
  get url(): string {
    return this.options.url;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Sends a CALL. None may be outstanding. */
  async call(id: string, action: string, payload: object, withinMs: number): Promise<Outcome> {
    if (!this.isOpen) return 'lost';
    if (this.#outstanding !== undefined) throw new Error(`a station has one CALL at a time, not also ${id}`);
    return await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => this.#finish('late'), withinMs);
      this.#outstanding = { id, timer, done: resolve };
      this.socket.send(JSON.stringify([2, id, action, payload]));
    });
  }

  /** Sends a CALL that must not be answered: an answer is a stray. */
  sendInVain(id: string, action: string, payload: object): void {
    if (this.isOpen) this.socket.send(JSON.stringify([2, id, action, payload]));
  }

  /** Cuts the line without a word. */
  cut(): void {
    this.socket.terminate();
  }

  #receive(text: string): void {
    const frame = JSON.parse(text) as readonly unknown[];
    const [type, id] = frame;
    if (type === 2) return this.#commanded(frame as readonly [2, string, string, Answer]);
    if (id !== this.#outstanding?.id || (type !== 3 && type !== 4)) {
      this.options.stray(`a frame that answers nothing came: ${text}`);
    } else if (type === 3) this.#finish({ answer: frame[2] as Answer });
    else this.#finish({ error: frame });
  }

  #commanded([, id, action, payload]: readonly [2, string, string, Answer]): void {
    const beside = this.#commandId === undefined ? {} : { beside: this.#commandId };
    this.#commandId = id;
    this.options.commanded({ id, action, payload, ...beside }, (result) => {
      if (this.#commandId === id) this.#commandId = undefined;
      if (this.isOpen) this.socket.send(JSON.stringify([3, id, result]));
    });
  }

  #finish(outcome: Outcome): void {
    const outstanding = this.#outstanding;
    if (outstanding === undefined) return;
    this.#outstanding = undefined;
    clearTimeout(outstanding.timer);
    outstanding.done(outcome);
  }
}
