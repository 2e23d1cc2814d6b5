import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import {
  decodeDown,
  decodeUp,
  encodeDown,
  encodeUp,
  TRACE_BYTES,
  type Call,
  type Connection,
  type Down,
  type Up,
} from './mod.js';

const connection: Connection = {
  edgeId: 'edge-1',
  connectionId: 'c-42',
  version: '2.0.1',
  connectedAt: 1_790_000_000_123,
  provisioned: true,
  securityProfile: 2,
};
const certified: Connection = { ...connection, securityProfile: 3, certificateCn: 'SN-0001/ü' };
const json = (text: string) => Buffer.from(text);
/** As another process gets it. */
const elsewhere = (envelope: Uint8Array) => Buffer.from(envelope);

const TRACED: ReadonlySet<Up['kind']> = new Set(['call', 'send', 'result', 'failure', 'command']);

const ups: Up[] = [
  { kind: 'connected', connection, resumed: true },
  { kind: 'disconnected', connection, code: 1006 },
  { kind: 'call', connection, id: '19223201', action: 'Heartbeat', payload: json('{}') },
  { kind: 'send', connection, id: 's', action: 'NotifyPeriodicEventStream', payload: json('{"id":1}') },
  { kind: 'result', connection, id: 'r', payload: json('{"status":"Accepted"}') },
  {
    kind: 'failure',
    connection,
    id: 'f',
    code: 'GenericError',
    description: 'né',
    details: json('{"a":[1]}'),
  },
  {
    kind: 'command',
    commandId: 'k',
    action: 'Reset',
    payload: json('{"type":"Hard"}'),
    terms: 'own',
    timeoutMs: 30_000,
    reply: '_INBOX.x',
    keyed: false,
    cursor: 0,
  },
  {
    kind: 'command',
    commandId: 'k',
    action: 'Reset',
    payload: json(''),
    terms: 'neutral',
    timeoutMs: 1,
    reply: '',
    keyed: true,
    durable: { ttlMs: 90 * 24 * 3_600_000, once: true },
    cursor: 2 ** 40,
  },
  {
    kind: 'command',
    commandId: 'k',
    action: 'SetChargingProfile',
    payload: json('{}'),
    terms: '2.0.1',
    timeoutMs: 1,
    reply: 'r',
    keyed: true,
    durable: { ttlMs: 1, once: false, supersedeKey: 'profile é' },
    cursor: 7,
  },
  { kind: 'query', about: 'station' },
  { kind: 'query', about: 'command', commandId: 'k' },
  { kind: 'query', about: 'job', commandId: 'k' },
  { kind: 'cancel', commandId: 'k' },
  { kind: 'disconnected', connection: certified, code: 1006 },
  { kind: 'call', connection: certified, id: '1', action: 'Heartbeat', payload: json('{}') },
  { kind: 'result', connection: certified, id: 'r', payload: json('{"status":"Accepted"}') },
];

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const traceable = ups.filter(({ kind }) => TRACED.has(kind));

const downs: Down[] = [
  { kind: 'reply', epoch: 1_790_000_000_123, id: 'a', frame: '[3,"a",{}]' },
  { kind: 'order', epoch: 7, id: 'é'.repeat(36), frame: '[2,"b","Reset",{"type":"né"}]' },
  { kind: 'received', epoch: 7, id: 'b' },
  { kind: 'received', epoch: 7, id: 'b', frame: '[5,"b","FormatViolation","",{}]' },
  { kind: 'close', epoch: 7, code: 1008, reason: 'superseded' },
];

test('every up envelope comes back as it was', () => {
  for (const up of ups) assert.deepEqual(decodeUp(elsewhere(encodeUp(up))), up);
});

test('every down envelope comes back as it was, frames as their bytes', () => {
  for (const down of downs) {
    const frame = 'frame' in down ? down.frame : undefined;
    const decoded = frame === undefined ? down : { ...down, frame: json(frame) };
    assert.deepEqual(decodeDown(elsewhere(encodeDown(down))), decoded);
  }
});

test('what is traced comes back with its traceparent, from a connection that is known and from a new one', () => {
  for (const up of traceable) {
    const traced = { ...up, traceparent: TRACEPARENT } as Up;
    assert.deepEqual(decodeUp(elsewhere(encodeUp(traced))), traced);
    if (!('connection' in up)) continue;
    const stranger = { ...traced, connection: { ...connection, connectionId: `new-${up.kind}` } } as Up;
    assert.deepEqual(decodeUp(elsewhere(encodeUp(stranger))), stranger);
  }
  const order = {
    kind: 'order',
    epoch: 7,
    id: 'k',
    frame: '[2,"k","Reset",{}]',
    traceparent: TRACEPARENT,
  } as const;
  assert.deepEqual(decodeDown(elsewhere(encodeDown(order))), { ...order, frame: json(order.frame) });
});

test('a traceparent is one element more at the end: who does not know it reads the others where they were', () => {
  for (const up of traceable) {
    const fields = unpack(encodeUp(up)) as unknown[];
    const traced = unpack(encodeUp({ ...up, traceparent: TRACEPARENT } as Up)) as unknown[];
    assert.deepEqual(traced, [...fields, TRACEPARENT]);
  }
});

test('in the envelope of a traced CALL the payload stands before the traceparent', () => {
  const call = ups.find(({ kind }) => kind === 'call') as Call;
  const envelope = encodeUp({ ...call, traceparent: TRACEPARENT });
  const end = envelope.length - TRACE_BYTES;
  assert.deepEqual(Buffer.from(envelope.subarray(end - call.payload.length, end)), call.payload);
});

test('envelopes of any size and any text come back as they were', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 50 });
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ minLength: 70_000, maxLength: 80_000 }),
  );
  fc.assert(
    fc.property(texts, texts, payloads, (id, action, payload) => {
      const up: Up = { kind: 'call', connection, id, action, payload: Buffer.from(payload) };
      assert.deepEqual(decodeUp(elsewhere(encodeUp(up))), up);
      const result: Up = { kind: 'result', connection, id, payload: Buffer.from(payload) };
      assert.deepEqual(decodeUp(elsewhere(encodeUp(result))), result);
      const down = { kind: 'reply', epoch: 1, id, frame: action } as const;
      assert.deepEqual(decodeDown(elsewhere(encodeDown(down))), { ...down, frame: json(action) });
    }),
    { seed: 20_260_301 },
  );
});

test('an encoded envelope stays as it was while others are encoded', () => {
  const first = encodeUp(ups[2] as Up);
  const copy = Buffer.from(first);
  for (let round = 0; round < 2_000; round++) for (const up of ups) encodeUp(up);
  assert.deepEqual(Buffer.from(first), copy);
});

test('bytes that are no envelope are refused with the reason', () => {
  const bytes = Uint8Array.from([0x91, 0x63]);
  assert.throws(() => decodeUp(bytes), /unknown kind 99/);
  assert.throws(() => decodeDown(bytes), /unknown kind 99/);
});

test('within a process an envelope says the same, and a CALL also its parsed payload, once', () => {
  const call = ups[2] as Call;
  const parsed = { fromTheEdge: true };
  const envelope = encodeUp({ ...call, parsed });
  assert.deepEqual(decodeUp(envelope), { ...call, parsed });
  const traced = { ...call, parsed, traceparent: TRACEPARENT };
  assert.deepEqual(decodeUp(encodeUp(traced)), traced);
  assert.deepEqual(decodeUp(envelope), call);
  const down = { kind: 'reply', epoch: 1, id: 'a', frame: '[3,"a",{}]' } as const;
  assert.deepEqual(decodeDown(encodeDown(down)), { ...down, frame: json(down.frame) });
});

test('envelopes that were lost, or are too many to be remembered, change nothing', () => {
  const call = ups[2] as Call;
  const envelopes = Array.from({ length: 2_000 }, (_, n) =>
    encodeUp({ ...call, id: String(n), parsed: { n } }),
  );
  for (const [n, envelope] of envelopes.entries()) {
    if (n % 3 === 0) continue;
    const { parsed = { n }, ...rest } = decodeUp(envelope) as Call;
    assert.deepEqual({ ...rest, parsed }, { ...call, id: String(n), parsed: { n } });
  }
});
