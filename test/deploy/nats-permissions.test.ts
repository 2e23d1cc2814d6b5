import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { connect as connectClient } from '../../libs/api/client/mod.js';
import { createLogger, defaultsOf } from '../../libs/ops/mod.js';
import { LOOPBACK, NatsServer, RedisServer } from '../../libs/servers/mod.js';
import { OPTIONS as API_OPTIONS } from '../../services/api/options.js';
import { startApiProcess } from '../../services/api/process.js';
import { OPTIONS as EDGE_OPTIONS } from '../../services/edge/options.js';
import { startEdgeProcess } from '../../services/edge/process.js';
import { OPTIONS as WORKER_OPTIONS } from '../../services/worker/options.js';
import { startWorkerProcess } from '../../services/worker/process.js';
import { StrictClient } from '../client/strict-client.js';
import { until } from '../client/until.js';

const CONFIG = path.resolve('deploy/nats/permissions.conf');
const USERS = [
  'edge',
  'worker',
  'api',
  'provision',
  'commands',
  'provisioning',
  'decisions',
  'events',
  'admin',
];
const PLACE = { opsHost: LOOPBACK, opsPort: 0, serverWait: 0 };
const STREAM = 'CSMS_EVENTS';

describe('NATS with deploy/nats/permissions.conf', () => {
  let folder: string;
  let nats: NatsServer;
  let redis: RedisServer;
  const connections: NatsConnection[] = [];

  before(async () => {
    for (const user of USERS) process.env[`NATS_${user.toUpperCase()}_PASSWORD`] = `${user}-password`;
    folder = await mkdtemp(path.join(tmpdir(), 'permissions-'));
    nats = await NatsServer.start({ folder: path.join(folder, 'nats'), args: ['-c', CONFIG] });
    redis = await RedisServer.start({ folder: path.join(folder, 'redis') });
  });
  after(async () => {
    for (const connection of connections) await connection.close();
    await nats.kill9();
    await redis.kill9();
    await rm(folder, { recursive: true });
    for (const user of USERS) delete process.env[`NATS_${user.toUpperCase()}_PASSWORD`];
  });

  const urlOf = (user: string) => nats.url.replace('://', `://${user}:${user}-password@`);

  /** A business service's connection, and what the server has refused it. */
  async function connected(user: string) {
    const connection = await connect({
      servers: nats.url,
      user,
      pass: `${user}-password`,
      inboxPrefix: `_INBOX.${user}`,
      reconnect: false,
    });
    connections.push(connection);
    const refused: string[] = [];
    void (async () => {
      for await (const status of connection.status()) {
        if (status.type === 'error') refused.push(status.error.message);
      }
    })();
    return { connection, refused };
  }

  test('the gateway does its work, and is refused nothing; business services do theirs', async (t) => {
    const problems: string[] = [];
    const write = (line: string) => {
      if (/permission/i.test(line)) problems.push(line);
    };
    const logger = createLogger({ level: 'warn', name: 'test' }, { write });
    const servers = { ...PLACE, redisUrl: redis.url };
    const of = (user: string) => ({ ...servers, natsUrl: [urlOf(user)] });
    const worker = await startWorkerProcess({ ...defaultsOf(WORKER_OPTIONS), ...of('worker') }, { logger });
    t.after(() => worker.close());
    const edge = await startEdgeProcess(
      { ...defaultsOf(EDGE_OPTIONS), ...of('edge'), mode: 'open', host: LOOPBACK, ocppPort: 0, drainTime: 0 },
      { logger },
    );
    t.after(() => edge.close());
    const api = await startApiProcess({ ...defaultsOf(API_OPTIONS), ...of('api'), grpcPort: 0 }, { logger });
    t.after(() => api.close());

    const decisions = await connected('decisions');
    decisions.connection.subscribe('csms.decision.Authorize.*', {
      queue: 'decisions',
      callback: (_error, message) => {
        message.respond(JSON.stringify({ idTokenInfo: { status: 'Blocked' } }));
      },
    });
    await decisions.connection.flush();
    const station = await StrictClient.connect({
      url: `ws://${LOOPBACK}:${edge.ocppPort}/ocpp`,
      stationId: 'CS-1',
      version: '2.0.1',
    });
    t.after(() => station.cut());
    station.handle('ClearCache', () => ({ status: 'Accepted' }));
    await station.call('BootNotification', {
      reason: 'PowerUp',
      chargingStation: { model: 'M', vendorName: 'V' },
    });
    const { idTokenInfo } = await station.call('Authorize', { idToken: { idToken: 'A', type: 'Central' } });
    assert.deepEqual(idTokenInfo, { status: 'Blocked' });

    const tap = connectClient({ address: `${LOOPBACK}:${api.grpcPort}` });
    t.after(() => tap.close());
    for await (const { what } of tap.tap('CS-1')) if (what?.$case === 'connected') break;

    const commands = await connected('commands');
    const request = async (subject: string, payload: object): Promise<unknown> => {
      const reply = await commands.connection.request(subject, JSON.stringify(payload), { timeout: 10_000 });
      return reply.json();
    };
    assert.deepEqual(await request('csms.command.CS-1.ClearCache', {}), {
      status: 'result',
      payload: { status: 'Accepted' },
    });
    const state = await request('csms.api.StationService.GetStationState', { stationId: 'CS-1' });
    assert.match(JSON.stringify(state), /"registration"/);
    const sent = await request('csms.api.CommandService.SendCommand', {
      command: { stationId: 'CS-1', action: 'ClearCache', payload: '{}' },
    });
    assert.match(JSON.stringify(sent), /RESULT/);

    // The operator makes the consumer, by the worker's user here; the business service reads with it.
    const operator = await connect({ servers: urlOf('worker'), user: 'worker', pass: 'worker-password' });
    connections.push(operator);
    const consumer = {
      stream_name: STREAM,
      config: { durable_name: 'billing', ack_policy: 'explicit', deliver_policy: 'all' },
    };
    const made = await operator.request(
      `$JS.API.CONSUMER.CREATE.${STREAM}.billing`,
      JSON.stringify({ ...consumer, config: { ...consumer.config, name: 'billing' } }),
    );
    assert.equal(made.json<{ error?: unknown }>().error, undefined);
    const events = await connected('events');
    const next = `$JS.API.CONSUMER.MSG.NEXT.${STREAM}.billing`;
    const event = await events.connection.request(next, '{"batch":1}', { timeout: 10_000, noMux: true });
    assert.equal(event.json<{ specversion: string }>().specversion, '1.0');
    event.respond('+ACK');
    await events.connection.flush();
    for (const { refused } of [decisions, commands, events]) assert.deepEqual(refused, []);
    assert.deepEqual(problems, []);
  });

  /** The server says what it refuses some time after; a flush says that it has seen everything. */
  async function refusals(user: string, act: (connection: NatsConnection) => void): Promise<number> {
    const { connection, refused } = await connected(user);
    act(connection);
    await connection.flush();
    await until('the refusal is heard', () => refused.length > 0, 1_000).catch(() => undefined);
    return refused.length;
  }

  const FORBIDDEN_TO_PUBLISH: Readonly<Record<string, readonly string[]>> = {
    commands: [
      'csms.up.1.CS-1',
      'csms.edge.e.c',
      'csms.shard.1',
      'csms.shutout.CS-1',
      'csms.event.CS-1.x',
      'csms.outcome.a.b',
      'csms.dispatch.a.b',
      'csms.tap.CS-1',
      'csms.tapped.a.b',
      'csms.undecided.Authorize.CS-1',
      'csms.api.StationService.SetPassword',
      'csms.api.StationService.DeleteStation',
      `$JS.API.STREAM.DELETE.${STREAM}`,
      `$JS.API.STREAM.PURGE.${STREAM}`,
    ],
    provisioning: ['csms.command.CS-1.Reset', 'csms.api.CommandService.SendCommand', 'csms.shutout.CS-1'],
    decisions: ['csms.command.CS-1.Reset', 'csms.up.1.CS-1', '_INBOX.x'],
    events: [
      'csms.event.CS-1.x',
      `$JS.API.CONSUMER.CREATE.${STREAM}.mine`,
      `$JS.API.CONSUMER.MSG.NEXT.${STREAM}.other`,
      `$JS.API.STREAM.PURGE.${STREAM}`,
    ],
    edge: ['csms.tap.CS-1', 'csms.command.CS-1.Reset', 'csms.event.CS-1.x', 'csms.decision.Authorize.CS-1'],
    api: ['csms.tapped.a.b', 'csms.event.CS-1.x', 'csms.edge.e.c', 'csms.shard.1'],
    worker: [`$JS.API.STREAM.DELETE.${STREAM}`, `$JS.API.STREAM.PURGE.${STREAM}`, 'csms.shutout.CS-1'],
  };
  const FORBIDDEN_TO_HEAR: Readonly<Record<string, readonly string[]>> = {
    commands: [
      'csms.tapped.*.*',
      '>',
      'csms.>',
      'csms.up.*.*',
      'csms.decision.*.*',
      '_INBOX.>',
      '_INBOX.provisioning.>',
    ],
    provisioning: ['_INBOX.>', 'csms.api.*.*'],
    decisions: ['csms.decision.*.*', 'csms.decision.Authorize.*', 'csms.decision.DataTransfer.*', '_INBOX.>'],
    events: ['csms.event.>', 'csms.tapped.*.*', '_INBOX.>'],
    provision: ['csms.tapped.*.*'],
    worker: ['csms.tapped.*.*'],
    edge: ['csms.decision.*.*', 'csms.command.*.*', 'csms.up.*.*'],
  };

  for (const [user, subjects] of Object.entries(FORBIDDEN_TO_PUBLISH)) {
    test(`${user} may publish nothing else`, async () => {
      const found = await Promise.all(
        subjects.map((subject) => refusals(user, (connection) => connection.publish(subject, '{}'))),
      );
      assert.deepEqual(
        subjects.filter((_, at) => found[at] === 0),
        [],
      );
    });
  }
  for (const [user, subjects] of Object.entries(FORBIDDEN_TO_HEAR)) {
    test(`${user} may subscribe to nothing else`, async () => {
      const ignore = { callback: () => undefined };
      const found = await Promise.all(
        subjects.map((subject) => refusals(user, (connection) => void connection.subscribe(subject, ignore))),
      );
      assert.deepEqual(
        subjects.filter((_, at) => found[at] === 0),
        [],
      );
    });
  }
});
