import { Packr } from 'msgpackr';
import type { CommandTerms } from '../api/mod.js';
import { VERSIONS, type Version } from '../ocpp/mod.js';
import { MsgpackWriter } from './msgpack-writer.js';
import { OnTheirWay } from './on-their-way.js';

/**
 * What edges and workers say to each other: msgpack arrays without records, the kind first, OCPP payloads and frames as
 * raw JSON bytes (never re-encoded objects: packing those costs three times as much).
 */
export type Up = Connected | Disconnected | Call | Send | Result | Failure | Command | Query | Cancel;
/** As it is encoded; decoded, a frame is its bytes, ready to be sent. */
export type Down = Reply<string> | Order<string> | Received<string> | Close;
export type DecodedDown = Reply<Uint8Array> | Order<Uint8Array> | Received<Uint8Array> | Close;

/** Which connection speaks. Sent with everything a station says, so that a new owner needs no other source. */
export interface Connection {
  readonly edgeId: string;
  readonly connectionId: string;
  readonly version: Version;
  /** Epoch milliseconds of the WebSocket's opening, by the edge's clock. */
  readonly connectedAt: number;
  /** True when the station stands in the directory, or the gateway runs in open mode. */
  readonly provisioned: boolean;
  /** OCPP security profile of the connection, 0 to 3. */
  readonly securityProfile: number;
}

export interface Connected {
  readonly kind: 'connected';
  readonly connection: Connection;
  /** True when an edge tells a new owner of a connection that was there before. */
  readonly resumed: boolean;
}

export interface Disconnected {
  readonly kind: 'disconnected';
  readonly connection: Connection;
  /** WebSocket close code, 1006 when there was none. */
  readonly code: number;
}

/** A CALL whose frame and payload the edge has checked. */
export interface Call {
  readonly kind: 'call';
  readonly connection: Connection;
  readonly id: string;
  readonly action: string;
  readonly payload: Uint8Array;
  /** The payload parsed, where it is at hand: one parse in a process is enough. Nobody may change it. */
  readonly parsed?: unknown;
}

/** A checked SEND (OCPP 2.1): never answered. */
export interface Send extends Omit<Call, 'kind'> {
  readonly kind: 'send';
}

/** A CALLRESULT; its payload is not checked yet: only the actor knows the action. */
export interface Result {
  readonly kind: 'result';
  readonly connection: Connection;
  readonly id: string;
  readonly payload: Uint8Array;
}

/** A CALLERROR. */
export interface Failure {
  readonly kind: 'failure';
  readonly connection: Connection;
  readonly id: string;
  readonly code: string;
  readonly description: string;
  /** JSON object. */
  readonly details: Uint8Array;
}

/**
 * A command of a business service, for the owner of the station. When it is durable there, or known already, the owner
 * publishes an empty message on the bus reply subject that the envelope came with; when it is not taken, JSON:
 * `{"refused":{"reason":RefusalReason,"description":string}}`.
 */
export interface Command {
  readonly kind: 'command';
  /** Also the message id of its CALL. Unique for the station. */
  readonly commandId: string;
  readonly action: string;
  readonly payload: Uint8Array;
  readonly terms: CommandTerms;
  /** Milliseconds that the station has to answer, from the moment the CALL is sent. */
  readonly timeoutMs: number;
  /** Bus subject where the caller hears the CommandOutcome; empty: nobody waits for it. */
  readonly reply: string;
  /** The caller may send it again under this id, and then hears its outcome again. */
  readonly keyed: boolean;
  /** It may wait for a station that is offline. */
  readonly durable?: Durable;
  /** Newest cursor of the event log when it was taken: whatever the station reports for it stands after. */
  readonly cursor: number;
}

export interface Durable {
  /** Milliseconds from when the owner takes it until it expires unsent. */
  readonly ttlMs: number;
  /** Never sent a second time, also when the connection breaks before the answer. */
  readonly once: boolean;
  readonly supersedeKey?: string;
}

/**
 * A question about what the actor knows. `{"answer":…}`, or `{"refused":…}` as for a command, goes to the bus reply subject
 * that the envelope came with.
 */
export type Query = QueryAboutStation | QueryAboutCommand;

/** Answered with a StationSnapshot. */
export interface QueryAboutStation {
  readonly kind: 'query';
  readonly about: 'station';
}

/** Answered with a CommandSnapshot or a JobSnapshot; null: it is not known. */
export interface QueryAboutCommand {
  readonly kind: 'query';
  readonly about: 'command' | 'job';
  readonly commandId: string;
}

/** Takes a waiting command back. Answered like a query about the command, as it is afterwards. */
export interface Cancel {
  readonly kind: 'cancel';
  readonly commandId: string;
}

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

const UP = [
  'connected',
  'disconnected',
  'call',
  'send',
  'result',
  'failure',
  'command',
  'query',
  'cancel',
] as const;
const DOWN = ['reply', 'order', 'received', 'close'] as const;
const packr = new Packr({ useRecords: false });
const callsOnTheirWay = new OnTheirWay<Call | Send>();
const repliesOnTheirWay = new OnTheirWay<Reply<Uint8Array> | Order<Uint8Array>>();
const writer = new MsgpackWriter();
const CONNECTION_FIELDS = 6;
/** The encoded fields of a connection; it speaks often and never changes. */
const heads = new WeakMap<Connection, Uint8Array>();

/** Bytes of `up`. The result is a view that stays valid. */
export function encodeUp(up: Up): Uint8Array {
  const kind = UP.indexOf(up.kind);
  switch (up.kind) {
    case 'call':
    case 'send': {
      const { connection, id, action, payload, parsed } = up;
      const envelope = withConnection(kind, connection, 3).text(id).text(action).bytes(payload).take();
      if (parsed !== undefined) {
        const copy = envelope.subarray(envelope.length - payload.length);
        callsOnTheirWay.add(envelope, { kind: up.kind, connection, id, action, payload: copy, parsed });
      }
      return envelope;
    }
    case 'result':
      return withConnection(kind, up.connection, 2).text(up.id).bytes(up.payload).take();
    case 'connected':
      return packr.pack([kind, ...fieldsOf(up.connection), up.resumed]);
    case 'disconnected':
      return packr.pack([kind, ...fieldsOf(up.connection), up.code]);
    case 'failure':
      return packr.pack([kind, ...fieldsOf(up.connection), up.id, up.code, up.description, up.details]);
    case 'command':
      return packr.pack([kind, ...commandFields(up)]);
    case 'query':
      return packr.pack([kind, up.about, up.about === 'station' ? null : up.commandId]);
    case 'cancel':
      return packr.pack([kind, up.commandId]);
  }
}

function commandFields(command: Command): unknown[] {
  const { commandId, action, payload, terms, timeoutMs, reply, keyed, durable, cursor } = command;
  const waiting = durable && [durable.ttlMs, durable.once, durable.supersedeKey ?? null];
  return [commandId, action, payload, terms, timeoutMs, reply, keyed, waiting ?? null, cursor];
}

/** Begins an envelope of a connection with `fields` more elements. */
function withConnection(kind: number, connection: Connection, fields: number): MsgpackWriter {
  let head = heads.get(connection);
  if (head === undefined) {
    // Past the array's own header, one byte for so few elements.
    head = Uint8Array.from(packr.pack(fieldsOf(connection))).subarray(1);
    heads.set(connection, head);
  }
  return writer
    .begin()
    .array(1 + CONNECTION_FIELDS + fields)
    .number(kind)
    .encoded(head);
}

function fieldsOf(c: Connection): unknown[] {
  const version = VERSIONS.indexOf(c.version);
  return [c.edgeId, c.connectionId, version, c.connectedAt, c.provisioned, c.securityProfile];
}

/** @throws Error when the bytes are not an envelope of this version of the gateway. */
export function decodeUp(bytes: Uint8Array): Up {
  return callsOnTheirWay.take(bytes) ?? readUp(bytes);
}

function readUp(bytes: Uint8Array): Up {
  const m = packr.unpack(bytes) as unknown[];
  const kind = UP[m[0] as number];
  if (kind === undefined) throw new Error(`unknown kind ${String(m[0])} of an up envelope`);
  if (kind === 'command') return readCommand(m);
  if (kind === 'cancel') return { kind, commandId: m[1] as string };
  if (kind === 'query') {
    const about = m[1] as Query['about'];
    return about === 'station' ? { kind, about } : { kind, about, commandId: m[2] as string };
  }
  const connection: Connection = {
    edgeId: m[1] as string,
    connectionId: m[2] as string,
    version: VERSIONS[m[3] as number] as Version,
    connectedAt: m[4] as number,
    provisioned: m[5] as boolean,
    securityProfile: m[6] as number,
  };
  switch (kind) {
    case 'connected':
      return { kind, connection, resumed: m[7] as boolean };
    case 'disconnected':
      return { kind, connection, code: m[7] as number };
    case 'call':
    case 'send':
      return { kind, connection, id: m[7] as string, action: m[8] as string, payload: m[9] as Uint8Array };
    case 'result':
      return { kind, connection, id: m[7] as string, payload: m[8] as Uint8Array };
    case 'failure':
      return {
        kind,
        connection,
        id: m[7] as string,
        code: m[8] as string,
        description: m[9] as string,
        details: m[10] as Uint8Array,
      };
  }
}

function readCommand(m: readonly unknown[]): Command {
  const durable = m[8] as [number, boolean, string | null] | null;
  return {
    kind: 'command',
    commandId: m[1] as string,
    action: m[2] as string,
    payload: m[3] as Uint8Array,
    terms: m[4] as CommandTerms,
    timeoutMs: m[5] as number,
    reply: m[6] as string,
    keyed: m[7] as boolean,
    ...(durable !== null && { durable: durableOf(durable) }),
    cursor: m[9] as number,
  };
}

const durableOf = ([ttlMs, once, key]: [number, boolean, string | null]): Durable =>
  key === null ? { ttlMs, once } : { ttlMs, once, supersedeKey: key };

/** Bytes of `down`. The result is a view that stays valid. */
export function encodeDown(down: Down): Uint8Array {
  const kind = DOWN.indexOf(down.kind);
  switch (down.kind) {
    case 'reply':
    case 'order': {
      const { epoch, id, frame } = down;
      const length = Buffer.byteLength(frame);
      const envelope = writer
        .begin()
        .array(4)
        .number(kind)
        .number(epoch)
        .text(id)
        .textAsBytes(frame, length)
        .take();
      repliesOnTheirWay.add(envelope, {
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
  return repliesOnTheirWay.take(bytes) ?? readDown(bytes);
}

function readDown(bytes: Uint8Array): DecodedDown {
  const m = packr.unpack(bytes) as unknown[];
  const kind = DOWN[m[0] as number];
  if (kind === undefined) throw new Error(`unknown kind ${String(m[0])} of a down envelope`);
  const epoch = m[1] as number;
  switch (kind) {
    case 'reply':
    case 'order':
      return { kind, epoch, id: m[2] as string, frame: m[3] as Uint8Array };
    case 'received': {
      const frame = m[3] as Uint8Array | null;
      return { kind, epoch, id: m[2] as string, ...(frame !== null && { frame }) };
    }
    case 'close':
      return { kind, epoch, code: m[2] as number, reason: m[3] as string };
  }
}
