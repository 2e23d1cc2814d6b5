import { Packr } from 'msgpackr';
import { VERSIONS } from '../ocpp/mod.js';
import { fieldsOfHanded } from './handed.js';
import { MsgpackWriter } from './msgpack-writer.js';
import { callsOnTheirWay } from './on-their-way.js';
import {
  CONNECTION_FIELDS,
  UP_KINDS,
  type Call,
  type Connection,
  type Security,
  type Send,
  type Up,
} from './up.js';

const packr = new Packr({ useRecords: false });
const writer = new MsgpackWriter();
/** What a traceparent takes at the end of an envelope: its text and two bytes before it. */
export const TRACE_BYTES = 57;
/** The encoded fields of a connection; it speaks often and never changes. */
const heads = new WeakMap<Connection, Uint8Array>();

/** Bytes of `up`. The result is a view that stays valid. */
export function encodeUp(up: Up): Uint8Array {
  const kind = UP_KINDS.indexOf(up.kind);
  switch (up.kind) {
    case 'call':
    case 'send': {
      const { connection, id, action, payload, parsed } = up;
      if (up.traceparent !== undefined) return encodeTraced(kind, up, up.traceparent);
      const envelope = withConnection(kind, connection, 3).text(id).text(action).bytes(payload).take();
      if (parsed !== undefined) {
        const copy = envelope.subarray(envelope.length - payload.length);
        callsOnTheirWay.add(envelope, { kind: up.kind, connection, id, action, payload: copy, parsed });
      }
      return envelope;
    }
    case 'result':
      if (up.traceparent === undefined)
        return withConnection(kind, up.connection, 2).text(up.id).bytes(up.payload).take();
      return withConnection(kind, up.connection, 3).text(up.id).bytes(up.payload).text(up.traceparent).take();
    case 'connected':
      return packr.pack([kind, ...fieldsOf(up.connection), up.resumed]);
    case 'disconnected':
      return packr.pack([kind, ...fieldsOf(up.connection), up.code]);
    case 'failure':
      return packr.pack([
        ...[kind, ...fieldsOf(up.connection), up.id, up.code, up.description, up.details],
        ...traceFields(up.traceparent),
      ]);
    case 'command':
    case 'query':
    case 'cancel':
      return packr.pack([kind, ...fieldsOfHanded(up)]);
  }
}

/** The element more than what is not traced has; who does not know it passes it over. */
const traceFields = (traceparent: string | undefined): string[] =>
  traceparent === undefined ? [] : [traceparent];

function encodeTraced(kind: number, up: Call | Send, traceparent: string): Uint8Array {
  const { connection, id, action, payload, parsed } = up;
  const envelope = withConnection(kind, connection, 4)
    .text(id)
    .text(action)
    .bytes(payload)
    .text(traceparent)
    .take();
  if (parsed !== undefined) {
    const end = envelope.length - TRACE_BYTES;
    const copy = envelope.subarray(end - payload.length, end);
    callsOnTheirWay.add(envelope, { ...up, payload: copy });
  }
  return envelope;
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

const securityOf = ({ securityProfile, certificateCn }: Connection): Security =>
  certificateCn === undefined ? securityProfile : [securityProfile, certificateCn];
