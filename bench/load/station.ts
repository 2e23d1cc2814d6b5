import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { FIRST_NUMBER, type Template } from '../messages.js';
import { Call, clientFrame } from './call.js';
import { FrameReader, Opcode } from './frame-reader.js';
import type { Plan } from './protocol.js';

/** All sockets read into it: what was read is used up before the next read. */
const inbox = Buffer.allocUnsafe(64 * 1024);

/** `[3,"` and the length of an id: what every answer begins with, up to the id itself. */
const RESULT = Buffer.from('[3,"');
const ID_LENGTH = 36;

/**
 * One station as cheap as it can be: a bare TCP socket, frames built beforehand, answers compared as bytes. Exactly
 * one CALL is outstanding at a time.
 */
export class LoadStation {
  /** When the outstanding CALL was sent, by performance.now(). For whoever drives the station. */
  sentAt = 0;
  /** Called for every right answer. */
  onAnswer: (station: LoadStation) => void = () => undefined;
  readonly #plan: Plan;
  readonly #number: number;
  readonly #mask = randomBytes(4);
  readonly #onFailure: (error: Error) => void;
  readonly #reader = new FrameReader((opcode, bytes, start, end) => this.#onFrame(opcode, bytes, start, end));
  readonly #calls: readonly Call[];
  #socket: net.Socket | undefined;
  /** The HTTP answer of the handshake, until it is complete. */
  #handshake: string | undefined = '';
  #opened: () => void = () => undefined;
  #next = FIRST_NUMBER;
  #outstanding: Call | undefined;

  constructor(plan: Plan, number: number, onFailure: (error: Error) => void) {
    this.#plan = plan;
    this.#number = number;
    this.#onFailure = onFailure;
    this.#calls = plan.calls.map((template) => this.#callOf(template));
  }

  /** Connects and sends `plan.before`. Resolves when all of it is answered. */
  async open(): Promise<void> {
    await this.#connect();
    for (const template of this.#plan.before) {
      await new Promise<void>((resolve) => {
        this.onAnswer = () => resolve();
        this.#send(this.#callOf(template));
      });
    }
  }

  /** Sends the next CALL. The one before must have been answered. */
  send(): void {
    const call = this.#calls[this.#next % this.#calls.length];
    if (call !== undefined) this.#send(call);
  }

  #callOf(template: Template): Call {
    return new Call(template, this.#number, FIRST_NUMBER, this.#mask);
  }

  #send(call: Call): void {
    call.turnInto(this.#next++);
    this.#outstanding = call;
    this.#socket?.write(call.frame);
  }

  #connect(): Promise<void> {
    const { host, port, subprotocol } = this.#plan;
    const onread = { buffer: inbox, callback: (length: number) => this.#onRead(length) };
    const socket = net.connect({ host, port, noDelay: true, onread });
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('the server closed the TCP connection'));
    socket.on('connect', () => {
      const head = [
        `GET /ocpp/bench-${this.#number} HTTP/1.1`,
        `Host: ${host}:${port}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Protocol: ${subprotocol}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
    });
    return new Promise((resolve) => {
      this.#opened = resolve;
    });
  }

  #onRead(length: number): boolean {
    try {
      if (this.#handshake === undefined) this.#reader.feed(inbox, length);
      else this.#onHandshake(this.#handshake + inbox.toString('latin1', 0, length));
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
    return true;
  }

  #onHandshake(text: string): void {
    this.#handshake = text;
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return;
    if (!text.startsWith('HTTP/1.1 101 '))
      throw new Error(`the handshake was answered by ${text.split('\r\n')[0]}`);
    this.#handshake = undefined;
    const rest = Buffer.from(text.slice(end + 4), 'latin1');
    this.#opened();
    if (rest.length > 0) this.#reader.feed(rest, rest.length);
  }

  #onFrame(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const call = this.#outstanding;
    if (opcode === Opcode.TEXT && call !== undefined && this.#answers(call, bytes, start, end)) {
      this.#outstanding = undefined;
      this.onAnswer(this);
    } else {
      this.#onOther(opcode, Buffer.from(bytes.subarray(start, end)));
    }
  }

  #answers(call: Call, bytes: Uint8Array, start: number, end: number): boolean {
    const { plain } = call;
    if (this.#plan.answer === 'echo') {
      return plain.compare(bytes, start, end) === 0;
    }
    for (let at = 0; at < RESULT.length; at++) {
      if (bytes[start + at] !== RESULT[at]) return false;
    }
    for (let at = RESULT.length; at <= RESULT.length + ID_LENGTH; at++) {
      if (bytes[start + at] !== plain[at]) return false;
    }
    return true;
  }

  /** Everything but an answer. A CALL of the server is refused, as a station may. */
  #onOther(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.PING) {
      this.#socket?.write(clientFrame(Opcode.PONG, payload, this.#mask));
      return;
    }
    const text = payload.toString('utf8');
    const mayCall = opcode === Opcode.TEXT && this.#plan.answer === 'result';
    const id = mayCall ? /^\[2,"([^"\\]*)"/.exec(text)?.[1] : undefined;
    if (id === undefined) {
      const code = opcode === Opcode.CLOSE && payload.length >= 2 ? `close ${payload.readUInt16BE(0)} ` : '';
      this.#fail(`unexpected frame ${opcode}: ${code}${text.slice(0, 300)}`);
      return;
    }
    const refusal = Buffer.from(JSON.stringify([4, id, 'NotSupported', '', {}]));
    this.#socket?.write(clientFrame(Opcode.TEXT, refusal, this.#mask));
  }

  #fail(what: string): void {
    this.#onFailure(new Error(`station ${this.#number}: ${what}`));
  }
}
