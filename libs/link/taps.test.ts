import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTapped, decodeTapRequest, encodeTapped, encodeTapRequest, type Tapped } from './taps.js';

test('requests and what edges tell come out as they went in', () => {
  const request = { process: 'api-1', id: 'b7c2-1', leaseMs: 10_000 };
  assert.deepEqual(decodeTapRequest(encodeTapRequest(request)), request);
  const tapped: Tapped = {
    edgeId: 'edge-1',
    number: 7,
    at: 1_760_000_000_123,
    connectionId: 'c-1',
    told: {
      kind: 'frame',
      from: 'station',
      length: 20,
      messageType: 3,
      id: 'é',
      payload: { text: '{"a":"😀"}', cut: false },
      answeredAfterMs: 12.25,
    },
  };
  assert.deepEqual(decodeTapped(encodeTapped(tapped)), tapped);
});

test('a request that is none, or would become part of another subject, is not read', () => {
  for (const wrong of [
    { process: 'a.b' },
    { id: '>' },
    { id: '' },
    { process: 'x'.repeat(129) },
    { leaseMs: '1' },
  ]) {
    const request = { process: 'a', id: 'b', leaseMs: 1, ...wrong };
    assert.equal(decodeTapRequest(encodeTapRequest(request as never)), undefined);
  }
});

test('whatever the bytes, a request is read or not, and what no edge told is an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      decodeTapRequest(bytes);
      assert.throws(() => decodeTapped(bytes));
    }),
  );
});
