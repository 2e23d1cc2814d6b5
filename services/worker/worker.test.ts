import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandOutcome, CommandSnapshot, StationSnapshot } from '../../libs/api/mod.js';
import { memoryBus, type BusMessage } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { Dispatcher } from '../../libs/dispatch/mod.js';
import { memoryEventLog, type EventLog } from '../../libs/eventlog/mod.js';
import {
  decodeDown,
  encodeUp,
  shardOf,
  stationToken,
  subjects,
  type Cancel,
  type Command,
  type Connection,
  type DecodedDown,
  type Query,
  type Up,
} from '../../libs/link/mod.js';
import { Closers, createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { memoryStore, type Store } from '../../libs/store/mod.js';
import { answerCommand } from './answers.js';
import type { WorkerConfig } from './config.js';
import { startWorker } from './start.js';
import { DEFAULT_STATION_CONFIG, type DecisionAction } from './station/mod.js';

const STATION = 'RDAM 1';
const TOKEN = stationToken(STATION);
const SHARDS = 8;

const connection: Connection = {
  edgeId: 'edge-1',
  connectionId: 'c1',
  version: '1.6',
  connectedAt: 1,
  provisioned: true,
  securityProfile: 0,
};

const CONFIG: WorkerConfig = {
  workerId: 'w1',
  leaseTtlMs: 30_000,
  decisionTimeoutMs: 1_000,
  ownDecisions: new Set(),
  commandTimeoutMs: 5_000,
  passivateAfterMs: 60_000,
  station: DEFAULT_STATION_CONFIG,
};

/** A worker on the embedded seams in memory; the test is the edge and the business services. */
async function openRig(
  options: { asks?: readonly DecisionAction[]; eventlog?: (log: EventLog) => EventLog } = {},
) {
  const clock = new ManualClock();
  const bus = memoryBus({ clock });
  const store = memoryStore({ clock, shards: SHARDS });
  const log = memoryEventLog({ clock });
  const heard: DecodedDown[] = [];
  bus.subscribe(subjects.connectionsOf('edge-1'), ({ data, noResponders }) => {
    if (noResponders !== true) heard.push(decodeDown(data));
  });
  const start = () =>
    startWorker({
      bus,
      store,
      eventlog: options.eventlog?.(log) ?? log,
      clock,
      logger: silentLogger(),
      metrics: createMetrics(),
      config: { ...CONFIG, station: { ...DEFAULT_STATION_CONFIG, asks: new Set(options.asks ?? []) } },
    });
  const say = (up: Up) =>
    bus.publish(
      subjects.up(shardOf(TOKEN, SHARDS), TOKEN),
      encodeUp(up),
      subjects.connection('edge-1', connection.connectionId),
    );
  const call = (id: string, action: string, payload: object) =>
    say({ kind: 'call', connection, id, action, payload: Buffer.from(JSON.stringify(payload)) });
  return {
    clock,
    bus,
    store,
    log,
    worker: await start(),
    start,
    say,
    call,
    /** Frames that reached the edge, as JSON, since the last look. */
    frames(): unknown[] {
      return heard
        .splice(0)
        .flatMap((down): unknown[] =>
          'frame' in down ? [JSON.parse(Buffer.from(down.frame).toString())] : [],
        );
    },
    async events(): Promise<string[]> {
      return (await log.read({ after: 0, limit: 1_000 })).entries.map(({ type }) => type);
    },
    async command(action: string, payload: string): Promise<CommandOutcome> {
      const subject = subjects.command(TOKEN, action);
      const { data } = await bus.request(subject, Buffer.from(payload), { timeoutMs: 60_000 });
      return JSON.parse(Buffer.from(data).toString()) as CommandOutcome;
    },
  };
}

const boot = { chargePointVendor: 'Acme', chargePointModel: 'One' };

describe('a worker', () => {
  test('owns every shard, announces each, and hands all of them back', async () => {
    const announced: BusMessage[] = [];
    const rig = await openRig();
    rig.bus.subscribe(subjects.shards, (message) => announced.push(message));
    assert.equal(rig.worker.shards.length, SHARDS);
    await rig.worker.close();
    assert.equal(rig.worker.shards.length, 0);
    const again = await rig.start();
    await rig.clock.settle();
    assert.equal(announced.length, SHARDS);
    assert.ok(announced.every(({ data }) => Number(Buffer.from(data).toString()) > 0));
    await again.close();
  });

  test('answers a station through its edge and appends what happened', async () => {
    const rig = await openRig();
    rig.say({ kind: 'connected', connection, resumed: false });
    rig.call('1', 'BootNotification', boot);
    await rig.clock.settle();
    const [frame] = rig.frames() as [number, string, { status: string; interval: number }][];
    assert.deepEqual([frame?.[0], frame?.[1], frame?.[2].status], [3, '1', 'Accepted']);
    assert.deepEqual(await rig.events(), ['station.connected', 'station.booted']);
  });

  test('answers a fact only after its commit, and appends its event when the log works again', async () => {
    let down = true;
    const rig = await openRig({
      eventlog: (log) => ({
        ...log,
        append: (entries) => (down ? Promise.reject(new Error('disk full')) : log.append(entries)),
      }),
    });
    rig.call('1', 'BootNotification', boot);
    await rig.clock.advance(1_000);
    assert.equal(rig.frames().length, 1);
    assert.deepEqual(await rig.events(), []);
    down = false;
    await rig.clock.advance(5_000);
    assert.deepEqual(await rig.events(), ['station.connected', 'station.booted']);
  });

  test('that is stopped while it takes its shards leaves none behind', async () => {
    const clock = new ManualClock();
    const store = memoryStore({ clock, shards: SHARDS });
    const closers = new Closers(silentLogger());
    const { leases } = store;
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    const slow: Store = {
      ...store,
      shards: SHARDS,
      leases: {
        renew: (...call) => leases.renew(...call),
        release: (...call) => leases.release(...call),
        acquire: async (shard, ...call) => {
          if (shard === SHARDS - 1) await asked;
          return await leases.acquire(shard, ...call);
        },
      },
    };
    const starting = startWorker({
      bus: memoryBus({ clock }),
      store: slow,
      eventlog: memoryEventLog({ clock }),
      clock,
      logger: silentLogger(),
      metrics: createMetrics(),
      config: CONFIG,
      closers,
    });
    await clock.advance(100);
    const held = await leases.acquire(0, 'w2', 1_000);
    assert.equal(held.granted, false, 'it serves the others');
    const closing = closers.close();
    await clock.advance(100);
    answer();
    await clock.advance(100);
    await Promise.all([starting, closing]);
    for (let shard = 0; shard < SHARDS; shard++)
      assert.ok((await leases.acquire(shard, 'w2', 1_000)).granted, `shard ${shard}`);
    assert.equal(clock.timers, 0);
  });

  test('a decision that nobody takes, or takes too late, falls back to its default', async () => {
    const rig = await openRig({ asks: ['Authorize'] });
    rig.call('1', 'BootNotification', boot);
    await rig.clock.settle();
    rig.frames();
    rig.call('2', 'Authorize', { idTag: 'A' });
    await rig.clock.settle();
    assert.deepEqual(rig.frames(), [[3, '2', { idTagInfo: { status: 'Invalid' } }]]);

    rig.bus.subscribe(subjects.decision('Authorize', '*'), () => undefined);
    rig.call('3', 'Authorize', { idTag: 'A' });
    await rig.clock.settle();
    assert.deepEqual(rig.frames(), []);
    await rig.clock.advance(1_500);
    assert.deepEqual(rig.frames(), [[3, '3', { idTagInfo: { status: 'Invalid' } }]]);
  });

  test('a decision in time is the answer', async () => {
    const rig = await openRig({ asks: ['Authorize'] });
    rig.bus.subscribe(subjects.decisions, ({ subject, reply }) => {
      assert.equal(subject, subjects.decision('Authorize', TOKEN));
      rig.bus.publish(reply ?? '', Buffer.from(JSON.stringify({ idTagInfo: { status: 'Blocked' } })));
    });
    rig.call('1', 'BootNotification', boot);
    rig.call('2', 'Authorize', { idTag: 'A' });
    await rig.clock.settle();
    assert.deepEqual(rig.frames().at(-1), [3, '2', { idTagInfo: { status: 'Blocked' } }]);
  });

  test('a command reaches the station and its result the caller', async () => {
    const rig = await openRig();
    rig.call('1', 'BootNotification', boot);
    await rig.clock.settle();
    rig.frames();
    const outcome = rig.command('Reset', '{"type":"Soft"}');
    await rig.clock.settle();
    const [order] = rig.frames() as [number, string, string, unknown][];
    assert.deepEqual([order?.[0], order?.[2], order?.[3]], [2, 'Reset', { type: 'Soft' }]);
    rig.say({
      kind: 'result',
      connection,
      id: order?.[1] ?? '',
      payload: Buffer.from('{"status":"Accepted"}'),
    });
    await rig.clock.settle();
    assert.deepEqual(await outcome, { status: 'result', payload: { status: 'Accepted' } });
  });

  test('an answer larger than the bus carries is told to the caller as an error', async () => {
    const rig = await openRig();
    rig.bus.subscribe('asked', ({ reply }) => {
      const payload = { data: 'x'.repeat(rig.bus.maxPayload) };
      answerCommand(rig.bus, reply ?? '', { status: 'result', payload });
    });
    const request = rig.bus.request('asked', Buffer.from(''), { timeoutMs: 1_000 });
    await rig.clock.settle();
    assert.match(Buffer.from((await request).data).toString(), /"error".*larger than the bus/);
  });

  test('a command that cannot be sent is refused with the reason', async () => {
    const rig = await openRig();
    const requests = [rig.command('Reset', '{"type":'), rig.command('Reset', '{"type":"Soft"}')];
    await rig.clock.settle();
    const [notJson, offline] = await Promise.all(requests);
    assert.equal(notJson?.status, 'refused');
    assert.match('description' in notJson ? notJson.description : '', /not JSON/);
    assert.equal(offline?.status, 'offline');
  });

  test('a command for what is no station token, or too large to pass on, is refused with the reason', async () => {
    const rig = await openRig();
    const send = (token: string, payload: string) =>
      rig.bus.request(subjects.command(token, 'Reset'), Buffer.from(payload), { timeoutMs: 60_000 });
    const requests = [send('#unique', '{}'), send(TOKEN, `{"a":"${'x'.repeat(1024 * 1024 - 10)}"}`)];
    await rig.clock.settle();
    const outcomes = (await Promise.all(requests)).map(({ data }) => Buffer.from(data).toString());
    assert.match(outcomes[0] ?? '', /"refused".*no station token/);
    assert.match(outcomes[1] ?? '', /"refused".*too large/);
  });

  test('whoever waits for a station whose record cannot be read is told so', async () => {
    const rig = await openRig();
    await rig.worker.close();
    const shard = shardOf(TOKEN, SHARDS);
    const grant = await rig.store.leases.acquire(shard, 'other', 1);
    assert.ok(grant.granted);
    const writes = [{ key: TOKEN, value: Buffer.from('damaged') }];
    await rig.store.states.commit([{ shard, epoch: grant.epoch, writes }]);
    await rig.clock.advance(10);
    await rig.start();
    rig.call('1', 'Heartbeat', {});
    const outcome = rig.command('Reset', '{"type":"Soft"}');
    await rig.clock.settle();
    const [frame] = rig.frames() as unknown[][];
    assert.deepEqual(frame?.slice(0, 3), [4, '1', 'InternalError']);
    assert.equal((await outcome).status, 'refused');
  });

  test('a command gets no responders while nobody owns the shard', async () => {
    const rig = await openRig();
    await rig.worker.close();
    const request = rig.bus.request(subjects.command(TOKEN, 'Reset'), Buffer.from('{}'), {
      timeoutMs: 1_000,
    });
    await assert.rejects(request, { code: 'no_responders' });
  });

  describe('handed a command by another process', () => {
    const command = (more: Partial<Command> = {}): Command => ({
      kind: 'command',
      commandId: 'k1',
      action: 'ClearCache',
      payload: Buffer.from('{}'),
      terms: 'neutral',
      timeoutMs: 5_000,
      reply: subjects.outcome('api-1', 'k1'),
      keyed: true,
      durable: { ttlMs: 3_600_000, once: false },
      cursor: 0,
      ...more,
    });

    /** The other process, and the outcomes that it hears. */
    async function openDispatched() {
      const rig = await openRig();
      const outcomes: CommandOutcome[] = [];
      rig.bus.subscribe(subjects.outcomesFor('api-1'), ({ data, noResponders }) => {
        if (noResponders === true) return;
        outcomes.push(JSON.parse(Buffer.from(data).toString()) as CommandOutcome);
      });
      const dispatcher = new Dispatcher({
        bus: rig.bus,
        clock: rig.clock,
        metrics: { resends: { add: () => undefined } },
        processId: 'api-1',
        shards: SHARDS,
        graceMs: 1_000,
      });
      dispatcher.start();
      const settled = async <T>(promise: Promise<T>): Promise<T> => {
        await rig.clock.settle();
        return await promise;
      };
      return {
        ...rig,
        outcomes,
        take: (more?: Partial<Command>) => settled(dispatcher.command(TOKEN, command(more))),
        ask: (message: Query | Cancel) => settled(dispatcher.ask(TOKEN, message, 1_000)),
      };
    }

    const about = { kind: 'query', about: 'command', commandId: 'k1' } as const;

    test('it waits for the station through a restart, and whoever asks hears of it', async () => {
      const rig = await openDispatched();
      assert.deepEqual(await rig.take(), { taken: true });
      const closing = rig.worker.close();
      await rig.clock.advance(20);
      await closing;
      await rig.start();
      await rig.clock.advance(60_000);
      assert.equal(((await rig.ask(about)) as CommandSnapshot).state, 'queued');
      rig.say({ kind: 'connected', connection, resumed: false });
      await rig.clock.settle();
      assert.deepEqual(rig.frames(), [[2, 'k1', 'ClearCache', {}]]);
      assert.deepEqual(await rig.take({ durable: { ttlMs: 1, once: true } }), { taken: true });
      rig.say({ kind: 'result', connection, id: 'k1', payload: Buffer.from('{"status":"Accepted"}') });
      await rig.clock.settle();
      const outcome = { status: 'result', payload: { status: 'Accepted' } };
      assert.deepEqual(rig.outcomes, [outcome]);
      assert.deepEqual(((await rig.ask(about)) as CommandSnapshot).outcome, outcome);
      assert.deepEqual(await rig.take(), { taken: true });
      assert.deepEqual(rig.outcomes, [outcome, outcome]);
      assert.deepEqual(
        (await rig.events()).filter((type) => type.startsWith('command.')),
        ['command.queued', 'command.sent', 'command.completed'],
      );
    });

    test('it is refused with a reason, to who handed it over only', async () => {
      const rig = await openDispatched();
      const reasons: unknown[] = [];
      for (const more of [
        { payload: Buffer.from('{"type":') },
        { action: 'Nonsense' },
        { action: 'Reset', payload: Buffer.from('{"type":"Soft"}'), terms: '2.0.1' },
      ] as const) {
        const delivery = await rig.take(more);
        reasons.push('refused' in delivery && delivery.refused.reason);
      }
      assert.deepEqual(reasons, ['invalid', 'invalid', 'invalid']);
      await rig.take();
      const other = await rig.take({ action: 'GetLocalListVersion' });
      assert.equal('refused' in other && other.refused.reason, 'id_taken');
      assert.deepEqual(rig.outcomes, []);
    });

    test('it is taken back', async () => {
      const rig = await openDispatched();
      await rig.take();
      const snapshot = (await rig.ask({ kind: 'cancel', commandId: 'k1' })) as CommandSnapshot;
      assert.equal(snapshot.outcome?.status, 'cancelled');
      assert.equal(rig.outcomes[0]?.status, 'cancelled');
      assert.equal(await rig.ask({ kind: 'cancel', commandId: 'k2' }), null);
    });

    test('a question about a station that was never there leaves no record', async () => {
      const rig = await openDispatched();
      const snapshot = (await rig.ask({ kind: 'query', about: 'station' })) as StationSnapshot;
      assert.deepEqual([snapshot.stationId, snapshot.registration], [STATION, 'None']);
      assert.equal(await rig.store.states.load(shardOf(TOKEN, SHARDS), TOKEN), undefined);
    });
  });

  test('bytes that are no envelope are counted and disturb nobody', async () => {
    const rig = await openRig();
    rig.bus.publish(subjects.up(shardOf(TOKEN, SHARDS), TOKEN), Buffer.from([0xc1, 0xff]));
    rig.bus.publish(subjects.up(shardOf(TOKEN, SHARDS), TOKEN), new Uint8Array(0));
    rig.call('1', 'Heartbeat', {});
    await rig.clock.settle();
    assert.equal(rig.frames().length, 1);
  });
});
