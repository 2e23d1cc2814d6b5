import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { systemClock } from '../../libs/clock/mod.js';
import { defaultsOf, silentLogger } from '../../libs/ops/mod.js';
import {
  freePorts,
  LOOPBACK,
  NatsServer,
  programPath,
  RedisServer,
  ServerProcess,
} from '../../libs/servers/mod.js';
import { openRedisStore } from '../../libs/store/mod.js';
import { OPTIONS as EDGE_OPTIONS, type EdgeOptionValues } from '../../services/edge/options.js';
import { startEdgeProcess, type EdgeProcess } from '../../services/edge/process.js';
import {
  OPTIONS as PROVISION_OPTIONS,
  type ProvisionOptionValues,
} from '../../services/provision/options.js';
import { runProvision } from '../../services/provision/run.js';
import { OPTIONS as WORKER_OPTIONS, type WorkerOptionValues } from '../../services/worker/options.js';
import { startWorkerProcess, type WorkerProcess } from '../../services/worker/process.js';
import { StrictClient } from '../client/strict-client.js';
import { until, within } from '../client/until.js';

const PASSWORD = 'sixteen-chars-00';
const logger = silentLogger();
const PLACE = { opsHost: LOOPBACK, opsPort: 0, serverWait: 0 };

describe('edge and worker processes over NATS and Redis', () => {
  let folder: string;
  let nats: NatsServer;
  let redis: RedisServer;
  let servers: Pick<EdgeOptionValues, 'natsUrl' | 'redisUrl'>;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
    nats = await NatsServer.start({ folder: path.join(folder, 'nats') });
    redis = await RedisServer.start({ folder: path.join(folder, 'redis') });
    servers = { natsUrl: [nats.url], redisUrl: redis.url };
  });
  after(async () => {
    await nats.kill9();
    await redis.kill9();
    await rm(folder, { recursive: true });
  });

  const startEdge = async (given: Partial<EdgeOptionValues> = {}): Promise<EdgeProcess> =>
    await startEdgeProcess(
      {
        ...defaultsOf(EDGE_OPTIONS),
        ...servers,
        ...PLACE,
        host: LOOPBACK,
        ocppPort: 0,
        drainTime: 0,
        ...given,
      },
      { logger },
    );
  const startWorker = async (given: Partial<WorkerOptionValues> = {}): Promise<WorkerProcess> =>
    await startWorkerProcess({ ...defaultsOf(WORKER_OPTIONS), ...servers, ...PLACE, ...given }, { logger });
  const provision = async (given: Partial<ProvisionOptionValues>): Promise<string[]> => {
    const lines: string[] = [];
    const config = { ...defaultsOf(PROVISION_OPTIONS), ...servers, ...given };
    await runProvision(config, { logger, print: (line) => void lines.push(line) });
    return lines;
  };
  const stationsFile = async (...stations: object[]): Promise<string> => {
    const file = path.join(folder, 'stations.json');
    await writeFile(file, JSON.stringify({ stations }));
    return file;
  };

  async function started(t: TestContext, mode: EdgeOptionValues['mode']) {
    const worker = await startWorker({ mode: 'open' });
    t.after(() => worker.close());
    const edge = await startEdge({ mode });
    t.after(() => edge.close());
    return { worker, edge };
  }

  test('without NATS and without Redis nothing ends: readiness goes, and comes back with them', async (t) => {
    const { worker, edge } = await started(t, 'open');
    const client = await StrictClient.connect({
      url: `ws://${LOOPBACK}:${edge.ocppPort}/ocpp`,
      stationId: 'CS-1',
      version: '2.0.1',
    });
    t.after(() => client.cut());
    await client.call('Heartbeat', {});
    const readiness = async (wanted: number, check: string): Promise<void> => {
      for (const { opsPort } of [worker, edge]) {
        await until(`${wanted} of /readyz`, async () => {
          const response = await fetch(`http://${LOOPBACK}:${opsPort}/readyz`);
          const { checks } = (await response.json()) as { checks: Record<string, string> };
          return response.status === wanted && (checks[check] === 'ok') === (wanted === 200);
        });
      }
    };
    for (const [server, check] of [
      [nats, 'nats'],
      [redis, 'redis'],
    ] as const) {
      await readiness(200, check);
      await server.kill9();
      await readiness(503, check);
      assert.equal((await fetch(`http://${LOOPBACK}:${edge.opsPort}/healthz`)).status, 200);
      await server.start();
      await readiness(200, check);
      await client.call('Heartbeat', {});
    }
  });

  test('provisioned: only stations of the directory enter, and who is shut out is cut off', async (t) => {
    const { edge } = await started(t, 'provisioned');
    const [a, b] = [
      { id: 'A', password: PASSWORD },
      { id: 'B/ü', password: PASSWORD },
    ];
    const enter = async (stationId: string): Promise<StrictClient> => {
      const client = await StrictClient.connect({
        url: `ws://${LOOPBACK}:${edge.ocppPort}/ocpp`,
        stationId,
        version: '1.6',
        password: PASSWORD,
      });
      t.after(() => client.cut());
      await client.call('Heartbeat', {});
      return client;
    };
    await assert.rejects(enter('A'), /Not Found/);
    assert.deepEqual(await provision({ stationsFile: await stationsFile(a, b) }), [
      'added A',
      'added B/ü',
      '2 added, 0 changed, 0 removed, 0 as they were',
    ]);
    const first = await enter('A');
    const second = await enter('B/ü');
    assert.deepEqual(await provision({ stationsFile: await stationsFile({ ...a, disabled: true }) }), [
      'removed B/ü, its connections end',
      'changed A, its connections end',
      '0 added, 1 changed, 1 removed, 0 as they were',
    ]);
    for (const client of [first, second]) {
      assert.equal((await within('the end of the connection', client.closed)).code, 1008);
    }
    await assert.rejects(enter('A'), /Not Found/);
    assert.deepEqual(await provision({ list: true }), ['A: 1 password, disabled']);

    await provision({ stationsFile: await stationsFile(a) });
    const third = await enter('A');
    await provision({ cutOff: ['A', 'NOBODY'] });
    assert.equal((await within('the end of the connection', third.closed)).code, 1008);
    await enter('A');
  });

  test('provision is told one thing to do', async () => {
    const message = /say what to do, with one of --stations-file, --list and --cut-off/;
    await assert.rejects(provision({}), { name: 'ConfigError', message });
    await assert.rejects(provision({ list: true, cutOff: ['A'] }), { name: 'ConfigError', message });
    await assert.rejects(provision({ stationsFile: '/nowhere/stations.yaml' }), {
      name: 'ConfigError',
      message: /stations\.yaml: cannot be read/,
    });
  });

  describe('what keeps a process from starting is said, with what to do', () => {
    test('servers that are not there', async () => {
      const [nowhere = 0] = await freePorts(1);
      const natsUrl = [`nats://${LOOPBACK}:${nowhere}`];
      const redisUrl = `redis://${LOOPBACK}:${nowhere}`;
      const message = new RegExp(`NATS.*${nowhere}.*nobody listens there.*--nats-url`);
      await assert.rejects(startEdge({ natsUrl }), { name: 'StartError', message });
      await assert.rejects(startWorker({ natsUrl }), { name: 'StartError', message });
      const noRedis = { name: 'StartError', message: new RegExp(`Redis.*${nowhere}.*--redis-url`) };
      await assert.rejects(startEdge({ redisUrl }), noRedis);
      await assert.rejects(startWorker({ redisUrl }), noRedis);
    });

    test('ports in use, and settings that contradict each other', async () => {
      const { port } = nats;
      const inUse = { name: 'StartError', message: new RegExp(`${LOOPBACK}:${port}`) };
      await assert.rejects(startEdge({ opsPort: port }), inUse);
      await assert.rejects(startEdge({ ocppPort: port }), inUse);
      await assert.rejects(startWorker({ opsPort: port }), inUse);
      await assert.rejects(startEdge({ tlsPort: 0 }), { name: 'ConfigError', message: /--tls-cert/ });
      await assert.rejects(startWorker({ tokensFile: '/nowhere/tokens.yaml' }), {
        name: 'ConfigError',
        message: /tokens\.yaml: cannot be read/,
      });
    });

    test('a Redis that was created with another number of shards', async () => {
      const other = await RedisServer.start({ folder: path.join(folder, 'other') });
      try {
        await (await openRedisStore({ url: other.url, shards: 16, clock: systemClock() })).close();
        const mismatch = { name: 'StartError', message: /16 shards.*256/ };
        await assert.rejects(startEdge({ redisUrl: other.url }), mismatch);
        await assert.rejects(startWorker({ redisUrl: other.url }), mismatch);
      } finally {
        await other.kill9();
      }
    });

    test('a Redis that asks for a password is not waited for', async () => {
      const locked = await RedisServer.start({ folder: path.join(folder, 'locked') });
      try {
        await tell(locked.port, 'CONFIG SET requirepass the-right-one');
        const waiting = { serverWait: 600_000 };
        const noPassword = startEdge({ redisUrl: locked.url, ...waiting });
        await assert.rejects(noPassword, { name: 'StartError', message: /asks for a password/ });
        const redisUrl = locked.url.replace('//', '//:the-wrong-one@');
        const wrongPassword = startWorker({ redisUrl, ...waiting });
        await assert.rejects(wrongPassword, {
          name: 'StartError',
          message: /^((?!the-wrong-one).)*refuses((?!the-wrong-one).)*$/,
        });
      } finally {
        await locked.kill9();
      }
    });

    test('a NATS without JetStream', async () => {
      const [port = 0] = await freePorts(1);
      const plain = new ServerProcess({
        name: 'nats-server',
        program: programPath('nats-server'),
        args: ['-a', LOOPBACK, '-p', String(port)],
        isReady: () => isListening(port),
      });
      await plain.start();
      try {
        const natsUrl = [`nats://${LOOPBACK}:${port}`];
        await assert.rejects(startWorker({ natsUrl }), { name: 'StartError', message: /JetStream.*-js/ });
      } finally {
        await plain.kill9();
      }
    });
  });
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Sends a command to a Redis; resolves when it is answered. */
async function tell(port: number, command: string): Promise<void> {
  const socket = connect(port, LOOPBACK);
  socket.write(`${command}\r\n`);
  await once(socket, 'data');
  socket.destroy();
}
