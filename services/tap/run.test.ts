import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { systemClock } from '../../libs/clock/mod.js';
import { ConfigError, defaultsOf, silentLogger, StartError } from '../../libs/ops/mod.js';
import { StrictClient } from '../../test/client/strict-client.js';
import { until } from '../../test/client/until.js';
import { certificateFolder, type CertificateFolder } from '../edge/fixtures/certificates.fixture.js';
import { standaloneConfig } from '../standalone/configuration.js';
import type { StandaloneConfig } from '../standalone/options.js';
import { startStandalone, type Standalone } from '../standalone/start.js';
import { OPTIONS, type TapOptionValues } from './options.js';
import { runTap, type Screen } from './run.js';

const TOKEN = 'diagnosis-0123456789abcdef0123456789abcdef';
const READ_TOKEN = 'reader-0123456789abcdef0123456789abcdef01';
const hash = (token: string) => createHash('sha256').update(token).digest('hex');

class Paper implements Screen {
  text = '';
  constructor(readonly isTTY = false) {}
  write(text: string): void {
    this.text += text;
  }
}

/** A tap that has begun. */
function tapping(t: TestContext, given: Partial<TapOptionValues>, isTTY = false) {
  const ending = new AbortController();
  t.after(() => ending.abort());
  const [out, notes] = [new Paper(isTTY), new Paper()];
  const options = { ...defaultsOf(OPTIONS), station: 'CS-1', ...given };
  const ended = runTap(options, { clock: systemClock(), out, notes, colours: true, signal: ending.signal });
  return { out, notes, ended, end: () => ending.abort() };
}

/** What a tap ends with that cannot begin. */
async function problem(t: TestContext, given: Partial<TapOptionValues>): Promise<string> {
  const { ended, out } = tapping(t, given);
  const error: unknown = await ended.then(
    () => assert.fail('it began'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof StartError || error instanceof ConfigError, String(error));
  assert.ok(!error.message.includes('\n') && out.text === '');
  return error.message;
}

async function startGateway(more: Partial<StandaloneConfig>): Promise<Standalone> {
  const ports = {
    host: '127.0.0.1',
    ocppPort: 0,
    opsHost: '127.0.0.1',
    opsPort: 0,
    grpcPort: 0,
    drainTime: 0,
  };
  return await startStandalone(standaloneConfig({ ...ports, ...more }), { logger: silentLogger() });
}

describe('a tap on a terminal', () => {
  let folder: string;
  let gateway: Standalone;
  let place: { readonly grpcAddress: string };
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tap-'));
    gateway = await startGateway({ dataDir: folder });
    place = { grpcAddress: `127.0.0.1:${gateway.grpcPort}` };
  });
  after(async () => {
    await gateway.close();
    await rm(folder, { recursive: true });
  });
  const boot = async (t: TestContext, stationId: string) => {
    const url = `ws://127.0.0.1:${gateway.ocppPort}/ocpp`;
    const station = await StrictClient.connect({ url, stationId, version: '1.6' });
    t.after(() => station.cut());
    await station.call('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M'.repeat(20) });
  };

  test('shows a line for each frame, cut at its width and coloured; without one, whole and plain', async (t) => {
    const terminal = tapping(t, place, true);
    const file = tapping(t, place);
    await until('both listen', () => terminal.out.text !== '' && file.out.text !== '');
    assert.match(file.out.text, /CS-1 is not connected at present/);
    await boot(t, 'CS-1');
    const last = '"status":"Accepted"';
    await until(
      'the frames',
      () => file.out.text.includes(last) && terminal.out.text.split('\n').length >= 5,
    );
    const shown = file.out.text.trim().split('\n');
    assert.equal(shown.length, 4);
    assert.match(shown[1] ?? '', /● connected: OCPP 1\.6, security profile 0, from 127\.0\.0\.1/);
    assert.match(
      shown[2] ?? '',
      /^\d\d:\d\d:\d\d\.\d{3} → 1\.6 {3}CALL {7}BootNotification +\S+ \{"chargePointVendor":"V"/,
    );
    assert.match(shown[3] ?? '', / ← 1\.6 {3}CALLRESULT BootNotification +\S+ \d+(\.\d)? ms \{/);

    const colour = /\u001B\[\d+m/g;
    assert.doesNotMatch(file.out.text, colour);
    assert.match(terminal.out.text, colour);
    for (const line of terminal.out.text.split('\n')) assert.ok(line.replace(colour, '').length <= 80);
    terminal.end();
    file.end();
    await Promise.all([terminal.ended, file.ended]);
  });

  test('as JSON each line is a message of the API', async (t) => {
    const tap = tapping(t, { ...place, station: 'CS-2', json: true });
    await until('it listens', () => tap.out.text !== '');
    await boot(t, 'CS-2');
    await until('the frames', () => tap.out.text.split('\n').length >= 5);
    tap.end();
    await tap.ended;
    const messages = tap.out.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { frame?: { action: string }; listening?: object });
    assert.ok(messages[0]?.listening !== undefined);
    assert.deepEqual(
      messages.flatMap(({ frame }) => (frame === undefined ? [] : [frame.action])),
      ['BootNotification', 'BootNotification'],
    );
  });

  test('ends after its duration', async (t) => {
    await tapping(t, { ...place, duration: 400 }).ended;
  });

  test('what cannot be done is said in a line', async (t) => {
    assert.match(
      await problem(t, { ...place, station: undefined }),
      /^say which station: npm run tap -- <station id>$/,
    );
    assert.match(await problem(t, { ...place, station: 'x'.repeat(256) }), /at most 255 bytes/);
    assert.match(
      await problem(t, { ...place, tokenFile: '/nowhere' }),
      /^--token-file: cannot read \/nowhere/,
    );
    assert.match(
      await problem(t, { ...place, token: 'a', tokenFile: '/nowhere' }),
      /one of --token-file and --token/,
    );
    assert.match(await problem(t, { ...place, cert: '/nowhere' }), /^--cert and --key go together/);
    assert.match(await problem(t, { ...place, tls: true }), /leave --tls, --ca and --cert out/);
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const grpcAddress = `127.0.0.1:${port}`;
    assert.match(
      await problem(t, { grpcAddress }),
      new RegExp(`^cannot tap by way of ${grpcAddress}: nothing listens there`),
    );
    const httpPort = gateway.opsPort;
    assert.match(await problem(t, { grpcAddress: `127.0.0.1:${httpPort}` }), /^(cannot tap|what answers)/);
  });

  test('when the gateway is gone it says so once, and goes on when it is back', async (t) => {
    const own = await mkdtemp(path.join(tmpdir(), 'tap-'));
    t.after(() => rm(own, { recursive: true }));
    let second = await startGateway({ dataDir: own });
    const { grpcPort } = second;
    const tap = tapping(t, { grpcAddress: `127.0.0.1:${grpcPort}` });
    await until('it listens', () => tap.out.text !== '');
    await second.close();
    await until('it says so', () => tap.notes.text.includes('trying again'));
    second = await startGateway({ dataDir: own, grpcPort });
    t.after(() => second.close());
    await until('it listens again', () => tap.out.text.trim().split('\n').length === 2);
    assert.equal(tap.notes.text.split('trying again').length, 2);
    tap.end();
    await tap.ended;
  });
});

describe('a tap of a gateway that knows its callers', () => {
  let folder: string;
  let certificates: CertificateFolder;
  const gateways: Standalone[] = [];
  const addresses: string[] = [];
  let files: { readonly certFile: string; readonly keyFile: string };
  let tokenFile: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tap-'));
    certificates = certificateFolder();
    files = certificates.files('ecdsa');
    const clients = [
      { name: 'diagnosis', roles: ['tap'], tokenSha256: hash(TOKEN) },
      { name: 'reader', roles: ['read'], tokenSha256: hash(READ_TOKEN) },
    ];
    const apiClientsFile = path.join(folder, 'clients.json');
    tokenFile = path.join(folder, 'token');
    await writeFile(apiClientsFile, JSON.stringify({ clients }));
    await writeFile(tokenFile, `${TOKEN}\n`);
    const tls = { grpcTlsCert: files.certFile, grpcTlsKey: files.keyFile, apiClientsFile };
    gateways.push(await startGateway({ ...tls, dataDir: path.join(folder, 'a') }));
    gateways.push(
      await startGateway({ ...tls, dataDir: path.join(folder, 'b'), grpcClientCa: files.certFile }),
    );
    addresses.push(...gateways.map(({ grpcPort }) => `127.0.0.1:${grpcPort}`));
  });
  after(async () => {
    for (const gateway of gateways) await gateway.close();
    certificates.remove();
    await rm(folder, { recursive: true });
  });

  test('a token with the role tap opens the door over TLS, with a certificate where one is wanted', async (t) => {
    const { certFile: ca, certFile: cert, keyFile: key } = files;
    for (const given of [
      { grpcAddress: addresses[0], ca, tokenFile },
      { grpcAddress: addresses[0], ca, token: TOKEN },
      { grpcAddress: addresses[1], ca, cert, key, token: TOKEN },
    ]) {
      const tap = tapping(t, { ...given, grpcAddress: given.grpcAddress ?? '' });
      await until('it listens', () => tap.out.text !== '');
      tap.end();
      await tap.ended;
    }
  });

  test('what keeps the door shut is said in a line, without the token', async (t) => {
    const [oneSided = '', mutual = ''] = addresses;
    const { certFile: ca } = files;
    const wrongCa = certificates.files('renewed').certFile;
    const cases: readonly (readonly [Partial<TapOptionValues>, RegExp])[] = [
      [{ grpcAddress: oneSided, ca }, /does not know this client .* give --token-file, --token, or --cert/],
      [
        { grpcAddress: oneSided, ca, token: `${TOKEN}x` },
        /does not know this client \(the token is not known/,
      ],
      [{ grpcAddress: oneSided, ca, token: READ_TOKEN }, /does not let this client tap .* no role 'tap'/],
      [
        { grpcAddress: oneSided, tls: true, token: TOKEN },
        /authority that is not trusted here; give it with --ca/,
      ],
      [
        { grpcAddress: oneSided, ca: wrongCa, token: TOKEN },
        /authority that is not trusted here; give it with --ca/,
      ],
      [{ grpcAddress: oneSided, token: TOKEN }, /if the gateway serves gRPC with TLS, give --tls or --ca/],
      [{ grpcAddress: mutual, ca, token: TOKEN }, /give --cert and --key/],
    ];
    for (const [given, expected] of cases) {
      const line = await problem(t, given);
      assert.match(line, expected);
      assert.ok(!line.includes(TOKEN) && !line.includes(READ_TOKEN));
    }
  });
});
