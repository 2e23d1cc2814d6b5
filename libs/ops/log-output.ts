import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { systemClock, type Clock, type Timer } from '../clock/mod.js';

/** Where log lines go. */
export interface LogSink {
  /** Writes what it can without waiting and returns how many bytes that were; throws when that is none. */
  write(bytes: Uint8Array): number;
}

/** Bytes of log lines that wait for a slow reader; the newest lines are dropped beyond it. */
const MOST_WAITING = 4 * 1024 * 1024;
const RETRY_MS = 20;
/** How long the end of the process waits for a slow reader. */
const LAST_WAIT_MS = 1000;
const LAST_STEP_MS = 5;

/**
 * Writes each line at once where that is possible without waiting. Whatever reads the log may be slow, or stand still:
 * the process goes on, lines wait up to 4 MiB, then they are dropped and counted in a line of their own (`onDropped`).
 */
export class LogOutput implements DestinationStream {
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #readerGone = false;
  #retry: Timer | undefined;

  constructor(
    private readonly sink: LogSink,
    private readonly onDropped: (lines: number) => void,
    private readonly clock: Clock,
  ) {}

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waiting.length > 0) return this.#wait(bytes);
    const rest = this.#writeSome(bytes);
    if (rest.length === 0) return;
    this.#wait(rest);
    this.#retryLater();
  }

  /** Writes what waits, before the process ends; gives up on a reader that stands still. */
  finish(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const deadline = this.clock.monotonic() + LAST_WAIT_MS;
    while (!this.#flush() && this.clock.monotonic() < deadline) Atomics.wait(pause, 0, 0, LAST_STEP_MS);
  }

  #wait(bytes: Uint8Array): void {
    if (this.#readerGone) return;
    if (this.#waitingBytes + bytes.length > MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #retryLater(): void {
    this.#retry ??= this.clock.setTimer(RETRY_MS, () => {
      this.#retry = undefined;
      if (!this.#flush()) this.#retryLater();
    });
  }

  /** True when nothing waits any more. */
  #flush(): boolean {
    for (const [at, bytes] of this.#waiting.entries()) {
      const rest = this.#writeSome(bytes);
      this.#waitingBytes -= bytes.length - rest.length;
      if (rest.length === 0) continue;
      this.#waiting = [rest, ...this.#waiting.slice(at + 1)];
      return false;
    }
    this.#waiting = [];
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.onDropped(dropped);
    return this.#waiting.length === 0;
  }

  /** Returns what could not be written. */
  #writeSome(bytes: Uint8Array): Uint8Array {
    if (this.#readerGone) return NOTHING;
    try {
      return bytes.subarray(this.sink.write(bytes));
    } catch (error) {
      this.#readerGone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
      // A full disk is tried again as well: the log is no reason to stop.
      return this.#readerGone ? NOTHING : bytes;
    }
  }
}

const NOTHING = new Uint8Array(0);

/** Stdout, written without waiting where it is a pipe or a socket. Ends with the process. */
export function stdoutOutput(onDropped: (lines: number) => void): LogOutput {
  // Opening the stream makes a pipe or a socket non-blocking; it is written past the stream, which has a queue without end.
  const { fd } = process.stdout;
  const sink: LogSink = { write: (bytes) => writeSync(fd, bytes) };
  const output = new LogOutput(sink, onDropped, systemClock());
  process.on('exit', () => {
    output.finish();
  });
  return output;
}
