import type { HttpResponse } from 'uWebSockets.js';
import type { Clock, Timer } from '../../../libs/clock/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';

/** State of one WebSocket that ReadControl keeps for it. */
export interface ReadControlled {
  readonly ws: object;
  readonly bufferedAmount: number;
  /** The owner asked for a pause and has not resumed. */
  wantsPause: boolean;
  /** The pause is in force. */
  stopped: boolean;
  /** Resumed, and nothing was read since. */
  silentSinceResume: boolean;
}

/** uWebSockets.js cuts a resumed connection after 10 s in which nothing was read. */
const REARM_MS = 4000;

/**
 * Stops and resumes reading of uWebSockets.js WebSockets. They have no functions for it, but those of HttpResponse act on
 * the socket alone and work on a WebSocket object too (tried with uwebsockets 3.0.6, plain and TLS). What was seen, and is
 * handled here:
 * - what stood in the read chunk (up to 512 KiB) is still told after the pause;
 * - a write that the kernel does not take whole switches reading on again, and a pause with bytes left to write stops
 *   the writing: so the pause takes effect when everything is written;
 * - `resume` arms the HTTP timeout, 10 s, until the next frame: it is armed again until one comes.
 */
export class ReadControl {
  #functions: Pick<HttpResponse, 'pause' | 'resume'> | undefined;
  #complained = false;
  readonly #silent = new Set<ReadControlled>();
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Takes the functions from the first response seen. */
  learn(res: HttpResponse): void {
    if (this.#functions !== undefined || this.#complained) return;
    const prototype = Object.getPrototypeOf(res) as Partial<HttpResponse>;
    const { pause, resume } = prototype;
    if (typeof pause === 'function' && typeof resume === 'function') {
      this.#functions = { pause, resume };
    } else {
      this.#complained = true;
      this.logger.warn(
        {
          hint: 'stations that send too fast are closed instead of slowed down; --socket ws slows them down',
        },
        'uws_cannot_pause',
      );
    }
  }

  /** False when this build cannot pause. */
  pause(socket: ReadControlled): boolean {
    if (this.#functions === undefined) return false;
    socket.wantsPause = true;
    this.heard(socket);
    if (socket.bufferedAmount === 0) this.#stop(socket, this.#functions);
    return true;
  }

  resume(socket: ReadControlled): void {
    socket.wantsPause = false;
    if (!socket.stopped || this.#functions === undefined) return;
    socket.stopped = false;
    this.#functions.resume.call(socket.ws);
    socket.silentSinceResume = true;
    this.#silent.add(socket);
    this.#arm();
  }

  /** A write was not taken whole: reading is on again. */
  buffered(socket: ReadControlled): void {
    socket.stopped = false;
  }

  /** Everything is written. */
  drained(socket: ReadControlled): void {
    if (socket.wantsPause && !socket.stopped && this.#functions !== undefined)
      this.#stop(socket, this.#functions);
  }

  /** Something was read, or the connection is over. */
  heard(socket: ReadControlled): void {
    if (!socket.silentSinceResume) return;
    socket.silentSinceResume = false;
    this.#silent.delete(socket);
  }

  close(): void {
    this.#timer?.cancel();
    this.#silent.clear();
  }

  #stop(socket: ReadControlled, functions: Pick<HttpResponse, 'pause' | 'resume'>): void {
    socket.stopped = true;
    functions.pause.call(socket.ws);
  }

  #arm(): void {
    this.#timer ??= this.clock.setTimer(REARM_MS, () => {
      this.#timer = undefined;
      for (const socket of this.#silent) this.#functions?.resume.call(socket.ws);
      if (this.#silent.size > 0) this.#arm();
    });
  }
}
