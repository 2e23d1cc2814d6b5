import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  basicAuthorization,
  openConnection,
  stationUrl,
  type Connection,
  type ConnectionEnd,
} from './connection.js';
import { CentralSystem } from './testing/central-system.js';
import { CERTIFICATE, KEY } from './testing/certificate.js';

async function startTls(t: TestContext): Promise<CentralSystem> {
  const central = await CentralSystem.start({ cert: CERTIFICATE, key: KEY });
  t.after(() => central.close());
  return central;
}

/** Resolves to how it went: open, or why not. */
function connect(url: string, facts: object): Promise<'open' | ConnectionEnd> {
  return new Promise((resolve) => {
    const endpoint = { url, stationId: 'S 1', subprotocol: 'ocpp1.6', handshakeTimeoutMs: 5000, ...facts };
    const connection: Connection = openConnection(endpoint, {
      opened: () => {
        resolve('open');
        connection.cut();
      },
      received: () => undefined,
      ended: resolve,
    });
  });
}

test('the station id is the last path segment, percent-encoded (1.6J 3.1.1)', () => {
  assert.equal(stationUrl('ws://h/ocpp', 'CP 1/ü'), 'ws://h/ocpp/CP%201%2F%C3%BC');
  assert.equal(stationUrl('ws://h/ocpp//', 'A'), 'ws://h/ocpp/A');
});

test('a text password is sent as UTF-8, bytes as they are', () => {
  assert.equal(basicAuthorization('A', 'ü'), `Basic ${Buffer.from('A:ü').toString('base64')}`);
  const bytes = Uint8Array.of(0, 0xff, 0x3a);
  assert.equal(
    basicAuthorization('A', bytes),
    `Basic ${Buffer.from([0x41, 0x3a, 0, 0xff, 0x3a]).toString('base64')}`,
  );
});

test('wss: the certificate authority is checked (security profile 2)', async (t) => {
  const central = await startTls(t);
  const refused = await connect(central.url, { tls: {} });
  assert.equal(
    typeof refused === 'object' && 'code' in refused && refused.code,
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  );
  assert.equal(await connect(central.url, { tls: { ca: CERTIFICATE } }), 'open');
  assert.equal(central.handshakes[0]?.commonName, undefined);
});

test('wss: the station shows its own certificate (security profile 3)', async (t) => {
  const central = await startTls(t);
  const tls = { ca: [CERTIFICATE], cert: CERTIFICATE, key: KEY };
  assert.equal(await connect(central.url, { tls }), 'open');
  assert.equal(central.handshakes[0]?.commonName, 'SN-0001');
});

test('compression is offered only when it is asked for (RFC 7692)', async (t) => {
  const central = await CentralSystem.start();
  t.after(() => central.close());
  await connect(central.url, {});
  await connect(central.url, { compression: true });
  assert.equal(central.handshakes[0]?.extensions, undefined);
  assert.match(central.handshakes[1]?.extensions ?? '', /^permessage-deflate/);
});
