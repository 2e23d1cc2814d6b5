import type { Clock } from '../../clock/mod.js';
import type { Wire } from './wire.js';

/** Large enough for the messages of one turn of the event loop on a busy process. */
const SLAB_BYTES = 64 * 1024;
/** So much goes to the socket within the turn. */
const WRITE_BYTES = 32 * 1024;
const CR = 13;
const LF = 10;

/**
 * Writes PUB and HPUB lines of the NATS protocol into slabs, and gives the socket what one turn of the event loop published
 * in one piece: a system call costs more than ten messages. Half of the CPU time of the client's own publish (0.5
 * against 1.1 µs for 180 bytes), a fifth of it with headers.
 */
export class Writer {
  readonly #wire: Wire;
  readonly #clock: Clock;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** What stands in the slab from here to `#end` is not with the socket yet. */
  #start = 0;
  #end = 0;
  #scheduled = false;
  /** When something was given to the socket last, or looked for since. */
  #backlog = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  /** True while the server takes less than is published: more than `bytes` wait. */
  isBehindBy(bytes: number): boolean {
    if (this.#backlog <= bytes) return false;
    this.#backlog = this.#wire.backlog;
    return this.#backlog > bytes;
  }

  /**
   * The subjects are checked: plain ASCII. So are `headers`: the block that begins with `NATS/1.0` and ends with an empty line.
   */
  publish(subject: string, data: Uint8Array, reply: string | undefined, headers?: string): void {
    const subjects = reply === undefined ? subject : `${subject} ${reply}`;
    const line =
      headers === undefined
        ? `PUB ${subjects} ${data.length}\r\n`
        : `HPUB ${subjects} ${headers.length} ${headers.length + data.length}\r\n${headers}`;
    const size = line.length + data.length + 2;
    if (this.#end + size > this.#slab.length) this.#takeSlab(size);
    const slab = this.#slab;
    let at = this.#end + slab.write(line, this.#end, 'latin1');
    slab.set(data, at);
    at += data.length;
    slab[at] = CR;
    slab[at + 1] = LF;
    this.#end = at + 2;
    if (this.#end - this.#start >= WRITE_BYTES) this.write();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#clock.soon(this.#writeSoon);
    }
  }

  /** Gives the socket what was published so far. Call it before the client sends a command of its own: order is kept. */
  write(): void {
    if (this.#end === this.#start) return;
    this.#wire.send(this.#slab.subarray(this.#start, this.#end));
    this.#start = this.#end;
    this.#backlog = this.#wire.backlog;
  }

  /** Forgets what was not given to the socket: the connection is lost. */
  drop(): void {
    this.#start = this.#end;
    this.#backlog = 0;
  }

  readonly #writeSoon = (): void => {
    this.#scheduled = false;
    this.write();
  };

  /** What was written before belongs to the socket and is never written to again. */
  #takeSlab(size: number): void {
    this.write();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, size));
    this.#start = this.#end = 0;
  }
}
