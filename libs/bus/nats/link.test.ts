import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { freePorts, LOOPBACK, NatsServer } from '../../servers/mod.js';
import { CERTIFICATE, KEY } from '../../station/testing/certificate.js';
import {
  connectNats,
  NatsConnectError,
  type NatsConnectReason,
  type NatsLink,
  type NatsLinkOptions,
} from '../mod.js';
import { jwtSetup } from './credentials.fixture.js';
import { freeze, startServer, temporaryFolder } from './nats.fixture.js';
import { until } from '../../clock/testing/until.js';

async function open(t: TestContext, url: string, options: Partial<NatsLinkOptions> = {}): Promise<NatsLink> {
  const link = await connectNats({ servers: [url], name: 'test', ...options });
  t.after(() => link.close());
  return link;
}

const fails = (reason: NatsConnectReason, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof NatsConnectError);
  assert.match(error.message, says);
  assert.doesNotMatch(error.message, /\n|s3cret/);
  assert.equal(error.reason, reason);
  return true;
};

async function certificateFiles(t: TestContext): Promise<{ caFile: string; keyFile: string }> {
  const folder = await temporaryFolder(t);
  const files = { caFile: path.join(folder, 'cert.pem'), keyFile: path.join(folder, 'key.pem') };
  await writeFile(files.caFile, CERTIFICATE);
  await writeFile(files.keyFile, KEY);
  return files;
}

describe('link to NATS: the first connection', { concurrency: true }, () => {
  test('nobody listens: says so once, and fails after the time that is given', async (t) => {
    const [port = 0] = await freePorts(1);
    const told: unknown[] = [];
    const start = performance.now();
    await assert.rejects(
      open(t, `nats://user:s3cret@${LOOPBACK}:${port}`, {
        connectTimeoutMs: 300,
        onError: (error) => told.push(error),
      }),
      fails('unreachable', new RegExp(`no NATS server answers at ${LOOPBACK}:${port}: nobody listens`)),
    );
    assert.ok(performance.now() - start >= 300);
    assert.equal(told.length, 1);
  });

  test('an unknown host is told apart', async (t) => {
    await assert.rejects(
      open(t, 'nats://no-such-host.invalid', { connectTimeoutMs: 0 }),
      fails('unreachable', /host name is unknown/),
    );
  });

  test('waits for a server that starts later', async (t) => {
    const [port = 0] = await freePorts(1);
    const waiting = open(t, `nats://${LOOPBACK}:${port}`);
    const server = await NatsServer.start({ folder: await temporaryFolder(t), port });
    t.after(() => server.kill9());
    const link = await waiting;
    assert.equal(link.connected, true);
  });

  test('uses another server of the list when one is down', async (t) => {
    const { server } = await startServer(t);
    const [port = 0] = await freePorts(1);
    for (let round = 0; round < 4; round++) {
      const link = await connectNats({ servers: [`nats://${LOOPBACK}:${port}`, server.url], name: 'test' });
      assert.equal(link.connection.getServer(), `${LOOPBACK}:${server.port}`);
      await link.close();
    }
  });

  test('a wrong password fails at once, the right one connects', async (t) => {
    const { server } = await startServer(t, 'authorization { user: "a@b", password: "s3cret/:%" }');
    const at = `${LOOPBACK}:${server.port}`;
    for (const credentials of ['', 'a%40b:s3cret@', 's3cret@']) {
      await assert.rejects(
        open(t, `nats://${credentials}${at}`),
        fails('credentials_refused', /check user and password/),
      );
    }
    const link = await open(t, `nats://a%40b:s3cret%2F%3A%25@${at}`);
    await link.close();
  });

  test('a token', async (t) => {
    const { server } = await startServer(t, 'authorization { token: "s3cret" }');
    const at = `${LOOPBACK}:${server.port}`;
    await assert.rejects(open(t, `nats://wr0ng@${at}`), fails('credentials_refused', /token/));
    const link = await open(t, `nats://s3cret@${at}`);
    await link.close();
  });

  test('a credentials file; one that is being replaced does not end the link', async (t) => {
    const { config, credentials } = jwtSetup();
    const { server, folder } = await startServer(t, config);
    const credsFile = path.join(folder, 'user.creds');
    await assert.rejects(
      open(t, server.url, { credsFile }),
      fails('bad_option', /cannot read .*user\.creds/),
    );
    await writeFile(credsFile, 'nonsense');
    await assert.rejects(
      open(t, server.url, { credsFile }),
      fails('bad_option', /user\.creds is no credentials file/),
    );
    await writeFile(credsFile, jwtSetup().credentials);
    await assert.rejects(
      open(t, server.url, { credsFile }),
      fails('credentials_refused', /credentials file/),
    );
    await writeFile(credsFile, credentials);
    const link = await open(t, server.url, { credsFile });
    await writeFile(credsFile, '');
    await link.connection.reconnect();
    await until(() => !link.connected);
    await until(() => link.connected);
    await link.close();
  });

  test('TLS, with a certificate that is checked', async (t) => {
    const { caFile, keyFile } = await certificateFiles(t);
    const { server } = await startServer(
      t,
      `tls { cert_file: "${caFile}", key_file: "${keyFile}", ca_file: "${caFile}", verify: true }`,
    );
    const at = `${LOOPBACK}:${server.port}`;
    const mine = { caFile, keyFile, certFile: caFile };
    await assert.rejects(
      open(t, `tls://${at}`, { connectTimeoutMs: 0 }),
      fails('unreachable', /TLS failed .*check the CA file/),
    );
    await assert.rejects(open(t, `tls://${at}`, { keyFile }), fails('bad_option', /give both/));
    for (const scheme of ['tls', 'nats']) {
      const link = await open(t, `${scheme}://${at}`, mine);
      await link.connection.flush();
      assert.equal(link.backlog, 0);
      await link.close();
    }
    const plain = await startServer(t);
    await assert.rejects(
      open(t, plain.server.url.replace('nats:', 'tls:'), { connectTimeoutMs: 0 }),
      fails('unreachable', /whether the server speaks TLS/),
    );
  });
});

describe('link to NATS: later', { concurrency: true }, () => {
  test('a server that is killed and starts again: tells both, and keeps the subscriptions', async (t) => {
    const { server } = await startServer(t);
    const told: [boolean, string][] = [];
    const statuses: boolean[] = [];
    const errors: unknown[] = [];
    const link = await open(t, server.url, {
      onStatus: (connected, at) => told.push([connected, at]),
      onError: (error) => errors.push(error),
    });
    link.onStatus(() => {
      throw new Error('thrown by a listener on purpose');
    });
    const stopTelling = link.onStatus((connected) => statuses.push(connected));
    let got = 0;
    link.connection.subscribe('a', { callback: () => void got++ });
    await server.kill9();
    await until(() => !link.connected);
    await server.start();
    await until(() => link.connected);
    link.connection.publish('a');
    await until(() => got === 1);
    const at = `${LOOPBACK}:${server.port}`;
    assert.deepEqual(told, [
      [false, at],
      [true, at],
    ]);
    assert.deepEqual(statuses, [false, true]);
    assert.equal(errors.length, 2);
    stopTelling();
    await link.close();
    assert.equal(told.length, 2, 'who closes it need not be told');
    assert.deepEqual(statuses, [false, true]);
  });

  const loads: [scheme: string, megabytes: number][] = [
    ['nats', 0],
    ['nats', 100],
    ['tls', 0],
    ['tls', 100],
  ];
  for (const [scheme, load] of loads) {
    test(`a server that stands still is noticed within 5 s: ${scheme}, ${load} MB on their way`, async (t) => {
      const files = await certificateFiles(t);
      const tls = `tls { cert_file: "${files.caFile}", key_file: "${files.keyFile}" }`;
      const { server } = await startServer(t, scheme === 'tls' ? tls : '');
      const { caFile } = files;
      const url = server.url.replace('nats:', `${scheme}:`);
      const link = await open(t, url, scheme === 'tls' ? { caFile } : {});
      await freeze(server);
      const start = performance.now();
      const megabyte = new Uint8Array(1_000_000);
      for (let sent = 0; sent < load; sent++) link.connection.publish('a', megabyte);
      if (load > 0) await until(() => link.backlog > 50e6);
      await until(() => !link.connected);
      assert.ok(performance.now() - start < 5000);
      server.signal('SIGCONT');
      await until(() => link.connected);
      await link.connection.flush();
      await until(() => link.backlog === 0);
    });
  }

  test('credentials that are refused for a while do not end the link; each outage tells them once', async (t) => {
    const [port = 0] = await freePorts(1);
    const config = (password: string) => `port: ${port}\nauthorization { user: u, password: "${password}" }`;
    const { server, folder } = await startServer(t, config('old'));
    const errors: string[] = [];
    const link = await open(t, `nats://u:old@${LOOPBACK}:${server.port}`, {
      onError: (error) => errors.push(String(error)),
    });
    await server.kill9();
    await writeFile(path.join(folder, 'nats.conf'), config('new'));
    await server.start();
    await until(() => errors.length > 0);
    await until(() => server.output.filter((line) => /authentication error/.test(line)).length >= 4);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', /refuses the credentials/);
    await server.kill9();
    await writeFile(path.join(folder, 'nats.conf'), config('old'));
    await server.start();
    await until(() => link.connected);
    await link.close();
  });

  test('what the server refuses is told once, with what to do', async (t) => {
    const { server } = await startServer(
      t,
      'authorization { users: [{ user: u, password: p, permissions: { publish: "a" } }] }',
    );
    const errors: string[] = [];
    const link = await open(t, `nats://u:p@${LOOPBACK}:${server.port}`, {
      onError: (error) => errors.push(String(error)),
    });
    for (let round = 0; round < 3; round++) link.connection.publish('b');
    await link.connection.flush();
    await until(() => errors.length > 0);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', /publish "b"; give it the permission/);
    assert.equal(link.connected, true);
    await link.close();
  });
});

test('a closed link leaves nothing behind, whatever its server does', async (t) => {
  const { server } = await startServer(t);
  const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
  const before = sockets();
  const states: [name: string, prepare: () => Promise<unknown> | void][] = [
    ['serves', () => undefined],
    ['is gone', () => server.kill9()],
    ['is back', () => server.start()],
    ['stands still', () => freeze(server)],
  ];
  for (const [name, prepare] of states) {
    const statuses: boolean[] = [];
    if (name === 'is gone' || name === 'stands still') {
      const link = await open(t, server.url);
      link.onStatus((connected) => statuses.push(connected));
      await prepare();
      if (name === 'is gone') await until(() => !link.connected);
      await Promise.all([link.close(), link.close()]);
      assert.equal(link.connected, false);
      assert.deepEqual(statuses, [false]);
    } else {
      await prepare();
      const link = await open(t, server.url);
      await link.close();
    }
    await until(() => sockets() <= before);
  }
});
