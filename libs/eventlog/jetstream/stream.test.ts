import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { connectNats } from '../../bus/mod.js';
import { NatsServer } from '../../servers/mod.js';
import { entry } from '../contract-harness.js';
import { EventLogError, type EventLogErrorCode } from '../mod.js';
import { openJetStreamEventLog } from './eventlog.js';
import { managerOf, Rig } from './rig.fixture.js';
import { until } from '../../clock/testing/until.js';

const NANOS_PER_MS = 1e6;

const isEventLogError = (code: EventLogErrorCode, what: RegExp) => (error: unknown) => {
  assert.ok(error instanceof EventLogError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, what);
  return true;
};

describe('jetstream: the stream', () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.start();
  });
  afterEach(() => rig.reset());
  after(() => rig.stop());

  async function configOf(name = 'CSMS_EVENTS'): Promise<StreamConfig> {
    const { link } = await rig.open(name === 'CSMS_EVENTS' ? {} : { stream: name });
    return (await (await managerOf(link)).streams.info(name)).config;
  }

  test('is created in files, with the retention and the window that are asked for', async () => {
    const { link } = await rig.open({
      stream: 'OTHER_NAME',
      retention: { maxEntries: 1000, maxAgeMs: 3600_000 },
      duplicateWindowMs: 60_000,
    });
    const { config } = await (await managerOf(link)).streams.info('OTHER_NAME');
    assert.deepEqual(config.subjects, ['csms.event.>']);
    assert.equal(config.storage, 'file');
    assert.equal(config.discard, 'old');
    assert.equal(config.max_msgs, 1000);
    assert.equal(config.max_age, 3600_000 * NANOS_PER_MS);
    assert.equal(config.duplicate_window, 60_000 * NANOS_PER_MS);
    assert.equal(config.num_replicas, 1);
    assert.equal(config.deny_delete, false);
    assert.equal(config.deny_purge, false);
  });

  test('keeps everything unless told, with a window of two minutes', async () => {
    const config = await configOf();
    assert.equal(config.max_msgs, -1);
    assert.equal(config.max_age, 0);
    assert.equal(config.duplicate_window, 120_000 * NANOS_PER_MS);
  });

  test('may be created by many processes at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 20 }, () => rig.open({ retention: { maxEntries: 50 } })),
    );
    await Promise.all(opened.map(({ log }, at) => log.append([entry(`s${at}`, 1)])));
    assert.equal(await opened[0]?.log.size(), 20);
  });

  test('is changed where it can be; what else an operator set, and the events, stay', async () => {
    const { link, log } = await rig.open({ retention: { maxEntries: 10 } });
    const { streams } = await managerOf(link);
    await log.append([entry('s', 1)]);
    await streams.update('CSMS_EVENTS', { max_bytes: 1e9, description: 'ours' });
    await rig.open({ retention: { maxAgeMs: 60_000 }, duplicateWindowMs: 90_000 });
    const { config, state } = await streams.info('CSMS_EVENTS');
    assert.equal(config.max_msgs, -1);
    assert.equal(config.max_age, 60_000 * NANOS_PER_MS);
    assert.equal(config.duplicate_window, 60_000 * NANOS_PER_MS);
    assert.equal(config.max_bytes, 1e9);
    assert.equal(config.description, 'ours');
    assert.equal(state.messages, 1);
  });

  test('of others is neither made nor changed, and is read', async () => {
    const first = await connectNats({ servers: [rig.server.url], name: 'first' });
    try {
      const none = openJetStreamEventLog({ link: first, foreign: true, startTimeoutMs: 0 });
      await assert.rejects(none, isEventLogError('unavailable', /there is no stream CSMS_EVENTS yet/));
    } finally {
      await first.close();
    }
    const { link, log } = await rig.open({ retention: { maxEntries: 10, maxAgeMs: 60_000 } });
    await log.append([entry('s', 1)]);
    const { streams } = await managerOf(link);
    const { config: before } = await streams.info('CSMS_EVENTS');
    const other = await rig.open({ foreign: true });
    assert.equal((await other.log.read({ after: 0, limit: 5 })).entries.length, 1);
    assert.deepEqual((await streams.info('CSMS_EVENTS')).config, before);
  });

  for (const [what, config, message] of [
    ['other subjects', { subjects: ['csms.event.*.a'] }, /its subjects are \["csms\.event\.\*\.a"\], not/],
    ['more subjects', { subjects: ['csms.event.>', 'x'] }, /its subjects are .*Change or delete it/],
    ['memory', { subjects: ['csms.event.>'], storage: StorageType.Memory }, /in memory, not in files/],
    [
      'another retention',
      { subjects: ['csms.event.>'], retention: RetentionPolicy.Interest },
      /its retention is "interest", not "limits"/,
    ],
    ['no acknowledgements', { subjects: ['csms.event.>'], no_ack: true }, /acknowledges nothing/],
  ] as const) {
    test(`that is there with ${what} is refused: bad_argument`, async () => {
      const { link } = await rig.open();
      const { streams } = await managerOf(link);
      await streams.delete('CSMS_EVENTS');
      await streams.add({ name: 'CSMS_EVENTS', ...config, subjects: [...config.subjects] });
      await assert.rejects(openJetStreamEventLog({ link }), isEventLogError('bad_argument', message));
      await streams.delete('CSMS_EVENTS');
    });
  }

  test('of which another one has the subjects is refused: bad_argument', async () => {
    const { link } = await rig.open({ stream: 'FIRST' });
    await assert.rejects(
      openJetStreamEventLog({ link, stream: 'SECOND' }),
      isEventLogError('bad_argument', /another stream takes subjects of csms\.event\.>/),
    );
  });

  test('with replicas needs a cluster: bad_argument', async () => {
    const { link, log } = await rig.open();
    await (await managerOf(link)).streams.delete('CSMS_EVENTS');
    await assert.rejects(
      openJetStreamEventLog({ link, replicas: 3 }),
      isEventLogError('bad_argument', /replicas need a NATS cluster: ask for 1 replica/),
    );
    await log.close();
  });

  test('is not opened with a retention that makes no sense: bad_argument', async () => {
    const { link } = await rig.open();
    for (const retention of [{ maxEntries: 0 }, { maxEntries: 1.5 }, { maxAgeMs: 1 }, { maxAgeMs: NaN }]) {
      await assert.rejects(
        openJetStreamEventLog({ link, retention }),
        isEventLogError('bad_argument', /^(maxEntries|maxAgeMs) must be /),
      );
    }
  });

  test('an event that is larger than the server takes is refused with all of its call: bad_argument', async () => {
    const { log } = await rig.open();
    const data = new Uint8Array(1024 * 1024);
    await assert.rejects(
      log.append([entry('t', 1), entry('s', 1, { data })]),
      isEventLogError(
        'bad_argument',
        /event 1\/1 of s has 1048576 bytes: .* raise its max_payload, which is 1048576/,
      ),
    );
    await assert.rejects(
      log.append([entry('a.b', 1)]),
      isEventLogError('bad_argument', /"a\.b" is no station token/),
    );
    assert.equal(await log.size(), 0);
  });
});

describe('jetstream: a server without it', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-jetstream-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('is a clear error after the start time: unavailable', async (t) => {
    const without = await NatsServer.start({ folder, jetstream: false });
    t.after(() => without.kill9());
    const link = await connectNats({ servers: [without.url], name: 'test' });
    t.after(() => link.close());
    await assert.rejects(
      openJetStreamEventLog({ link, startTimeoutMs: 300 }),
      isEventLogError('unavailable', /JetStream does not answer: start nats-server with -js/),
    );
  });

  test('is waited for', async (t) => {
    const without = await NatsServer.start({ folder, jetstream: false });
    t.after(() => without.kill9());
    const link = await connectNats({ servers: [without.url], name: 'test' });
    t.after(() => link.close());
    const opening = openJetStreamEventLog({ link });
    await without.kill9();
    await until(() => !link.connected);
    const server = await NatsServer.start({ folder, port: without.port });
    t.after(() => server.kill9());
    const log = await opening;
    await log.append([entry('s', 1)]);
    await log.close();
  });
});
