import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REFUSALS, type RefusalName } from '../handshake/refusals.js';
import { shownRefusal, type RefusedHandshake } from './refused.js';

const HANDSHAKE: RefusedHandshake = {
  authorization: '',
  protocols: 'ocpp1.6',
  remoteAddress: '10.0.0.9',
  secure: true,
  certificate: undefined,
};
const IDENTITY = { stationId: 'CS 1', encoded: 'CS%201' };
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const reason = (authorization: string) =>
  shownRefusal('unauthorized', { ...HANDSHAKE, authorization }, IDENTITY).reason;

test('of wrong credentials it is told what is wrong with them, and never what they are', () => {
  assert.match(reason(''), /no Authorization header/);
  assert.match(reason('Bearer hunter2'), /not of the Basic scheme/);
  assert.match(reason(basic('hunter2')), /no colon/);
  assert.match(reason(basic('hunter2:hunter2')), /user name is not the station id/);
  assert.match(reason(basic('CS 1:hunter2')), /^The password is wrong\.$/);
  assert.match(reason(basic('CS%201:hunter2')), /^The password is wrong\.$/);
  for (const text of ['Bearer hunter2', basic('hunter2'), basic('hunter2:hunter2'), basic('CS 1:hunter2')]) {
    const told = JSON.stringify(
      shownRefusal('unauthorized', { ...HANDSHAKE, authorization: text }, IDENTITY),
    );
    assert.ok(!told.includes('hunter2') && !told.includes(basic('hunter2').slice(6)));
  }
});

test('every refusal has a reason and its status', () => {
  for (const outcome of [...(Object.keys(REFUSALS) as RefusalName[]), 'no_subprotocol' as const]) {
    const told = shownRefusal(outcome, { ...HANDSHAKE, certificate: { commonName: 'SN-1' } }, IDENTITY);
    assert.ok(told.reason.length > 10 && told.status >= 101, outcome);
  }
  assert.match(shownRefusal('unknown_station', HANDSHAKE, IDENTITY).reason, /not in the directory/);
  assert.match(
    shownRefusal('profile_too_low', HANDSHAKE, IDENTITY).reason,
    /It came with TLS, without a password/,
  );
});

test('what a station offers is cut', () => {
  const { protocols } = shownRefusal(
    'no_subprotocol',
    { ...HANDSHAKE, protocols: 'x'.repeat(5000) },
    IDENTITY,
  );
  assert.ok(protocols.length < 300);
});
