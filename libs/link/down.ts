import { Packr } from 'msgpackr';
import { MsgpackReader } from './msgpack-reader.js';
import { MsgpackWriter } from './msgpack-writer.js';
import { OnTheirWay } from './on-their-way.js';

/**
 * What the owner of a station says to the edge that has its connection: msgpack arrays without records, the kind first, OCPP
 * frames as their bytes. As it is encoded; decoded, a frame is ready to be sent.
 */
export type Down = Reply<string> | Order<string> | Received<string> | Close;
export type DecodedDown = Reply<Uint8Array> | Order<Uint8Array> | Received<Uint8Array> | Close;

/** The answer to the in-flight CALL `id`: a CALLRESULT or CALLERROR frame. */
export interface Reply<Frame> {
  readonly kind: 'reply';
  readonly epoch: number;
  readonly id: string;
  readonly frame: Frame;
}

/** A CALL to the station. The edge sends one `id` once; asked again, it repeats the answer that it has. */
export interface Order<Frame> {
  readonly kind: 'order';
  readonly epoch: number;
  readonly id: string;
  readonly frame: Frame;
  /** W3C Trace Context, 55 characters: only of what is traced. */
  readonly traceparent?: string;
}

/** The worker has the answer to CALL `id`: the edge may forget it. */
export interface Received<Frame> {
  readonly kind: 'received';
  readonly epoch: number;
  readonly id: string;
  /** What the station is told of its answer: a CALLRESULTERROR (2.1). */
  readonly frame?: Frame;
}

export interface Close {
  readonly kind: 'close';
  readonly epoch: number;
  readonly code: number;
  readonly reason: string;
}

const KINDS = ['reply', 'order', 'received', 'close'] as const satisfies readonly Down['kind'][];
const packr = new Packr({ useRecords: false });
const framesOnTheirWay = new OnTheirWay<Reply<Uint8Array> | Order<Uint8Array>>();
const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** Bytes of `down`. The result is a view that stays valid. */
export function encodeDown(down: Down): Uint8Array {
  const kind = KINDS.indexOf(down.kind);
  switch (down.kind) {
    case 'reply':
    case 'order': {
      const { epoch, id, frame } = down;
      const length = Buffer.byteLength(frame);
      if ('traceparent' in down && down.traceparent !== undefined)
        return packr.pack([kind, epoch, id, Buffer.from(frame), down.traceparent]);
      const envelope = writer
        .begin()
        .array(4)
        .number(kind)
        .number(epoch)
        .text(id)
        .textAsBytes(frame, length)
        .take();
      framesOnTheirWay.add(envelope, {
        kind: down.kind,
        epoch,
        id,
        frame: envelope.subarray(envelope.length - length),
      });
      return envelope;
    }
    case 'received':
      return packr.pack([
        kind,
        down.epoch,
        down.id,
        down.frame === undefined ? null : Buffer.from(down.frame),
      ]);
    case 'close':
      return packr.pack([kind, down.epoch, down.code, down.reason]);
  }
}

/** @throws Error when the bytes are not an envelope of this version of the gateway. */
export function decodeDown(bytes: Uint8Array): DecodedDown {
  return framesOnTheirWay.take(bytes) ?? readFrame(bytes) ?? readDown(bytes);
}

/** What comes all the time. Undefined: read it as any envelope. */
function readFrame(bytes: Uint8Array): Reply<Uint8Array> | Order<Uint8Array> | undefined {
  if (reader.open(bytes).array() !== 4) return undefined;
  const kind = KINDS[reader.number()];
  if (kind !== 'reply' && kind !== 'order') return undefined;
  const [epoch, id, frame] = [reader.number(), reader.text(), reader.bytes()];
  return reader.isSound ? { kind, epoch, id, frame } : undefined;
}

function readDown(bytes: Uint8Array): DecodedDown {
  const m = packr.unpack(bytes) as unknown[];
  const kind = KINDS[m[0] as number];
  if (kind === undefined) throw new Error(`unknown kind ${String(m[0])} of a down envelope`);
  const epoch = m[1] as number;
  switch (kind) {
    case 'reply':
    case 'order': {
      const down = { kind, epoch, id: m[2] as string, frame: m[3] as Uint8Array };
      return typeof m[4] === 'string' ? { ...down, kind: 'order', traceparent: m[4] } : down;
    }
    case 'received': {
      const frame = m[3] as Uint8Array | null;
      return { kind, epoch, id: m[2] as string, ...(frame !== null && { frame }) };
    }
    case 'close':
      return { kind, epoch, code: m[2] as number, reason: m[3] as string };
  }
}
