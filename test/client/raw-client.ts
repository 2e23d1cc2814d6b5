import { WebSocket } from 'ws';
import { DEADLINE_MS, within } from './until.js';

/** A frame as the peer sent it: `[type, id, …]`. */
export type Frame = readonly unknown[];

export interface RawOptions {
  /** Endpoint without the station id. */
  readonly url: string;
  readonly stationId: string;
  readonly protocols: readonly string[];
  /** Basic authentication: the user name is the station id. */
  readonly password?: string | Uint8Array;
  /** Further headers of the handshake. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** The value of an Authorization header, from raw bytes. */
export function basic(user: string, password: string | Uint8Array): string {
  return `Basic ${Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]).toString('base64')}`;
}

/** A station without manners: sends whatever text it is given, and shows every frame that comes back. */
export class RawClient {
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  #wake: (() => void) | undefined;
  #fence = 0;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<Closed>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('message', (data) => {
      this.#frames.push(JSON.parse((data as Buffer).toString()) as Frame);
      this.#wake?.();
    });
    socket.on('error', () => undefined);
  }

  /** @throws Error when the handshake fails. */
  static async connect(options: RawOptions): Promise<RawClient> {
    const { url, stationId, protocols, password } = options;
    const authorization = password === undefined ? {} : { authorization: basic(stationId, password) };
    const headers = { ...options.headers, ...authorization };
    const socket = new WebSocket(`${url}/${encodeURIComponent(stationId)}`, [...protocols], { headers });
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return client;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Frames that came and were not taken yet. */
  get waiting(): number {
    return this.#frames.length;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Sends a CALL without waiting for its answer. */
  post(id: string, action: string, payload: unknown): void {
    this.send(JSON.stringify([2, id, action, payload]));
  }

  /** Sends a CALL; its answer must be the next frame that comes. */
  async call(id: string, action: string, payload: unknown): Promise<Frame> {
    this.post(id, action, payload);
    return await this.next(`the answer to ${action} ${id}`);
  }

  /** The payload of the CALLRESULT to a CALL. @throws Error when something else is answered. */
  async result(id: string, action: string, payload: unknown): Promise<Record<string, unknown>> {
    const frame = await this.call(id, action, payload);
    if (frame[0] !== 3 || frame[1] !== id) {
      throw new Error(`${action} ${id} was answered by ${JSON.stringify(frame)}`);
    }
    return frame[2] as Record<string, unknown>;
  }

  /** The next frame that has not been taken yet. @throws Error when the connection goes before it comes. */
  async next(what = 'a frame', deadlineMs = DEADLINE_MS): Promise<Frame> {
    if (this.#frames.length === 0) {
      const arrival = new Promise<void>((resolve) => (this.#wake = resolve));
      await within(what, Promise.race([arrival, this.closed]), deadlineMs);
      this.#wake = undefined;
    }
    const frame = this.#frames.shift();
    if (frame === undefined) throw new Error(`the connection closed before ${what} came`);
    return frame;
  }

  /**
   * Resolves when the gateway has dealt with everything that was sent before.
   * @throws Error when it answered any of it: CALLs of a station are served in order, so nothing may come before the
   * answer to a Heartbeat that is sent now.
   */
  async expectNothingMore(): Promise<void> {
    const id = `fence-${++this.#fence}`;
    const frame = await this.call(id, 'Heartbeat', {});
    if (frame[1] !== id)
      throw new Error(`nothing was to be answered, but this came: ${JSON.stringify(frame)}`);
  }

  async close(code = 1000): Promise<Closed> {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code);
    return await within('the close of a connection', this.closed);
  }

  /** Stops reading: what the gateway sends, a close too, is not seen until `resume`. Sending goes on. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Cuts the line without a word, as a lost network would. */
  cut(): void {
    this.#socket.terminate();
  }
}
