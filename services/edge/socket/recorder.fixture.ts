import type { Socket, SocketHandler } from './socket.js';

const LIMIT_MS = 20_000;

/** Waits for something that an event will bring about. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`it did not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Keeps all that one WebSocket of the server tells. */
export class Recorder implements SocketHandler {
  socket: Socket | undefined;
  readonly messages: { text: string; isBinary: boolean }[] = [];
  readonly lengths: number[] = [];
  pongs = 0;
  drains = 0;
  readonly ends: { code: number; reason: string }[] = [];
  /** Called for each message. */
  onMessage: ((text: string) => void) | undefined;

  opened(socket: Socket): void {
    this.socket = socket;
  }

  message(bytes: Uint8Array, isBinary: boolean): void {
    const text = Buffer.from(bytes).toString();
    this.lengths.push(bytes.length);
    this.messages.push({ text: text.slice(0, 100), isBinary });
    this.onMessage?.(text);
  }

  pong(): void {
    this.pongs++;
  }

  drained(): void {
    this.drains++;
  }

  closed(code: number, reason: string): void {
    this.ends.push({ code, reason });
  }

  /** The open socket. */
  get open(): Socket {
    if (this.socket === undefined) throw new Error('the socket is not open');
    return this.socket;
  }

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }
}
