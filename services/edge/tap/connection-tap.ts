import type { ShownFrame } from '../../../libs/link/mod.js';
import { type Party, type QuirkSet, type Version } from '../../../libs/ocpp/mod.js';
import { forLog } from '../for-log.js';
import { OpenCalls } from './open-calls.js';
import { mayHoldSecrets, showFrame } from './shown-frame.js';
import type { StationTap } from './station-tap.js';

/** A connection, as far as its tap has to know it. */
export interface TappedLink {
  readonly connectionId: string;
  readonly version: Version;
}

const NONE: QuirkSet = new Set();

/** Tells what goes over one connection. Never throws. Times are the clock's monotonic milliseconds. */
export class ConnectionTap {
  readonly #callsOf = { station: new OpenCalls(), csms: new OpenCalls() };

  constructor(
    private readonly link: TappedLink,
    private readonly quirks: QuirkSet,
    private readonly station: StationTap,
  ) {}

  /** A message of the station; the bytes are read within the call. */
  received(bytes: Uint8Array, isBinary: boolean, now: number): void {
    if (!this.station.has(bytes.length, now)) return;
    if (isBinary) this.#tell('station', binary(bytes.length));
    else this.#show('station', bytes, now);
  }

  /** A message to the station that its socket has taken. */
  sent(data: string | Uint8Array, now: number): void {
    if (!this.station.has(data.length, now)) return;
    this.#show('csms', typeof data === 'string' ? Buffer.from(data) : data, now);
  }

  /** @param why name of the edge's table of closes. */
  disconnected(code: number, reason: string, why: string): void {
    this.station.tell(
      { kind: 'disconnected', code, reason: forLog(reason), cause: why },
      this.link.connectionId,
    );
  }

  #show(by: Party, bytes: Uint8Array, now: number): void {
    const answering = this.#callsOf[by === 'station' ? 'csms' : 'station'];
    const frame = showFrame(bytes, {
      version: this.link.version,
      by,
      quirks: by === 'station' ? this.quirks : NONE,
      callOf: (id) => answering.get(id),
    });
    const { messageType, id, action } = frame;
    if (messageType === 2 && action !== undefined) {
      this.#callsOf[by].add(id, { action, mayHoldSecrets: mayHoldSecrets(frame), since: now });
    }
    const call = messageType === 3 || messageType === 4 ? answering.get(id) : undefined;
    if (call !== undefined) answering.delete(id);
    this.#tell(by, frame, call === undefined ? undefined : now - call.since);
  }

  #tell(by: Party, frame: ShownFrame, answeredAfterMs?: number): void {
    const from = by === 'station' ? 'station' : 'gateway';
    this.station.tell(
      { kind: 'frame', from, ...frame, ...(answeredAfterMs !== undefined && { answeredAfterMs }) },
      this.link.connectionId,
    );
  }
}

function binary(length: number): ShownFrame {
  const fault = { kind: 'binary', detail: 'a binary message: OCPP messages are text' } as const;
  return { length, messageType: 0, id: '', note: 'not shown: it is no text', fault };
}
