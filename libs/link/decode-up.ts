import { Packr } from 'msgpackr';
import { VERSIONS, type Version } from '../ocpp/mod.js';
import { readHanded } from './handed.js';
import { MsgpackReader } from './msgpack-reader.js';
import { callsOnTheirWay } from './on-their-way.js';
import { Recent } from './recent.js';
import {
  CONNECTION_FIELDS,
  UP_KINDS,
  type Call,
  type Connection,
  type Result,
  type Security,
  type Send,
  type Up,
} from './up.js';

/** Connections that are remembered at least. */
const REMEMBERED = 16_384;
const packr = new Packr({ useRecords: false });
const reader = new MsgpackReader();
/** By the bytes of its fields. A connection that speaks again is the same object: nothing is made or compared anew. */
const connections = new Recent<string, Connection>(REMEMBERED);

/** @throws Error when the bytes are not an envelope of this version of the gateway. */
export function decodeUp(bytes: Uint8Array): Up {
  return callsOnTheirWay.take(bytes) ?? readSpoken(bytes) ?? readAny(bytes);
}

/** What known connections say all the time. Undefined: read it as any envelope. */
function readSpoken(bytes: Uint8Array): Call | Send | Result | undefined {
  const fields = reader.open(bytes).array();
  const kind = UP_KINDS[reader.number()];
  if (kind !== 'call' && kind !== 'send' && kind !== 'result') return undefined;
  const connection = connections.get(reader.raw(CONNECTION_FIELDS));
  if (connection === undefined) return undefined;
  const id = reader.text();
  const action = kind === 'result' ? '' : reader.text();
  const payload = reader.bytes();
  const untraced = 1 + CONNECTION_FIELDS + (kind === 'result' ? 2 : 3);
  const traceparent = fields > untraced ? reader.text() : undefined;
  if (!reader.isSound) return undefined;
  const up =
    kind === 'result' ? { kind, connection, id, payload } : { kind, connection, id, action, payload };
  return traced(up, traceparent);
}

function readAny(bytes: Uint8Array): Up {
  const up = readUp(bytes);
  if ('connection' in up) remember(up.connection, bytes);
  return up;
}

function remember(connection: Connection, envelope: Uint8Array): void {
  reader.open(envelope).array();
  reader.number();
  const key = reader.raw(CONNECTION_FIELDS);
  if (reader.isSound) connections.set(key, connection);
}

function readUp(bytes: Uint8Array): Up {
  const m = packr.unpack(bytes) as unknown[];
  const kind = UP_KINDS[m[0] as number];
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
    case 'send': {
      const [id, action, payload] = [m[7] as string, m[8] as string, m[9] as Uint8Array];
      return traced({ kind, connection, id, action, payload }, m[10]);
    }
    case 'result':
      return traced({ kind, connection, id: m[7] as string, payload: m[8] as Uint8Array }, m[9]);
    case 'failure': {
      const failure = {
        kind,
        connection,
        id: m[7] as string,
        code: m[8] as string,
        description: m[9] as string,
        details: m[10] as Uint8Array,
      };
      return traced(failure, m[11]);
    }
  }
}

/** `traceparent`: undefined of what is not traced, and from processes that do not know of traces. */
const traced = <T extends object>(up: T, traceparent: unknown): T & { readonly traceparent?: string } =>
  typeof traceparent === 'string' ? { ...up, traceparent } : up;

function readSecurity(security: Security): Pick<Connection, 'securityProfile' | 'certificateCn'> {
  if (typeof security === 'number') return { securityProfile: security };
  const [securityProfile, certificateCn] = security;
  return { securityProfile, certificateCn };
}
