import { render, type Template } from '../messages.js';
import { Opcode } from './frame-reader.js';

type Patch = (number: number) => void;

/** A masked frame of a client (RFC 6455, 5.3) of up to 64 KiB. */
export function clientFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Buffer {
  const short = payload.length < 126;
  const header = short
    ? [0x80 | opcode, 0x80 | payload.length]
    : [0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 0xff];
  const masked = payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  return Buffer.concat([Buffer.from(header), mask, masked]);
}

/**
 * A CALL of one station, as a whole frame that is built once. For each message only the digits that change are
 * written into it, masked as a real station's are.
 */
export class Call {
  /** What goes on the wire. */
  readonly frame: Buffer;
  /** The payload without mask: what an echo has to give back. */
  readonly plain: Buffer;
  readonly #mask: Uint8Array;
  readonly #payloadStart: number;
  readonly #patches: readonly Patch[];

  constructor(template: Template, station: number, firstNumber: number, mask: Uint8Array) {
    this.plain = Buffer.from(render(template, station, firstNumber), 'latin1');
    this.frame = clientFrame(Opcode.TEXT, this.plain, mask);
    this.#mask = mask;
    this.#payloadStart = this.frame.length - this.plain.length;
    this.#patches = this.#patchesOf(template);
  }

  /** Makes it the message of this running number, which has as many digits as the first one. */
  turnInto(number: number): void {
    for (const patch of this.#patches) patch(number);
  }

  /** Placeholders in their order, with the place where each stands once those before it are filled in. */
  #patchesOf(template: Template): Patch[] {
    const patches: Patch[] = [];
    let shift = 0;
    for (const { 0: name, index } of template.matchAll(/\{(s|n|time)\}/g)) {
      const at = index + shift;
      const length = name === '{s}' ? 5 : name === '{n}' ? 7 : 8;
      shift += length - name.length;
      if (name === '{n}') patches.push((number) => this.#writeDigits(number, at, length));
      if (name === '{time}') patches.push((number) => this.#writeTime(number, at));
    }
    return patches;
  }

  #writeDigits(number: number, at: number, length: number): void {
    let left = number;
    for (let place = at + length - 1; place >= at; place--) {
      this.#write(place, 48 + (left % 10));
      left = Math.floor(left / 10);
    }
  }

  #writeTime(number: number, at: number): void {
    const seconds = number % 86_400;
    this.#writeDigits(Math.floor(seconds / 3600), at, 2);
    this.#writeDigits(Math.floor(seconds / 60) % 60, at + 3, 2);
    this.#writeDigits(seconds % 60, at + 6, 2);
  }

  #write(place: number, byte: number): void {
    this.plain[place] = byte;
    this.frame[this.#payloadStart + place] = byte ^ (this.#mask[place & 3] ?? 0);
  }
}
