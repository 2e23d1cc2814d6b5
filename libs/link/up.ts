import { Packr } from 'msgpackr';
import { VERSIONS, type Version } from '../ocpp/mod.js';
import { fieldsOfHanded, readHanded, type Handed } from './handed.js';
import { MsgpackWriter } from './msgpack-writer.js';
import { OnTheirWay } from './on-their-way.js';

/**
 * What the owner of a station is told: by edges what the station says, by `libs/dispatch` what business services want of it.
 * Msgpack arrays without records, the kind first, OCPP payloads as raw JSON bytes (never re-encoded objects: packing those
 * costs three times as much).
 */
export type Up = Connected | Disconnected | Call | Send | Result | Failure | Handed;

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
  /** CN of the client certificate, of security profile 3: the station's serial number (A00.FR.405). */
  readonly certificateCn?: string;
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

const KINDS = [
  'connected',
  'disconnected',
  'call',
  'send',
  'result',
  'failure',
  'command',
  'query',
  'cancel',
] as const satisfies readonly Up['kind'][];
const packr = new Packr({ useRecords: false });
const callsOnTheirWay = new OnTheirWay<Call | Send>();
const writer = new MsgpackWriter();
const CONNECTION_FIELDS = 6;
/** The encoded fields of a connection; it speaks often and never changes. */
const heads = new WeakMap<Connection, Uint8Array>();

/** Bytes of `up`. The result is a view that stays valid. */
export function encodeUp(up: Up): Uint8Array {
  const kind = KINDS.indexOf(up.kind);
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
    case 'query':
    case 'cancel':
      return packr.pack([kind, ...fieldsOfHanded(up)]);
  }
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
  return [c.edgeId, c.connectionId, version, c.connectedAt, c.provisioned, securityOf(c)];
}

/** The profile alone, or with the CN: a field of its own would cost every message of every station. */
type Security = number | readonly [profile: number, certificateCn: string];

const securityOf = ({ securityProfile, certificateCn }: Connection): Security =>
  certificateCn === undefined ? securityProfile : [securityProfile, certificateCn];

function readSecurity(security: Security): Pick<Connection, 'securityProfile' | 'certificateCn'> {
  if (typeof security === 'number') return { securityProfile: security };
  const [securityProfile, certificateCn] = security;
  return { securityProfile, certificateCn };
}

/** @throws Error when the bytes are not an envelope of this version of the gateway. */
export function decodeUp(bytes: Uint8Array): Up {
  return callsOnTheirWay.take(bytes) ?? readUp(bytes);
}

function readUp(bytes: Uint8Array): Up {
  const m = packr.unpack(bytes) as unknown[];
  const kind = KINDS[m[0] as number];
  if (kind === undefined) throw new Error(`unknown kind ${String(m[0])} of an up envelope`);
  if (kind === 'command' || kind === 'query' || kind === 'cancel') return readHanded(kind, m);
  const connection: Connection = {
    edgeId: m[1] as string,
    connectionId: m[2] as string,
    version: VERSIONS[m[3] as number] as Version,
    connectedAt: m[4] as number,
    provisioned: m[5] as boolean,
    ...readSecurity(m[6] as Security),
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
