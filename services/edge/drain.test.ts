import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rig, heartbeat } from './connection/rig.fixture.js';
import { drainConnections } from './drain.js';

describe('draining', () => {
  test('closes with 1001, spread over time, each connection when its CALLs are answered', async () => {
    const { clock, worker, connect, registry, config } = rig({ drainSpreadMs: 1000, drainCallWaitMs: 5000 });
    const owner = worker(5);
    const idle = Array.from({ length: 9 }, (_, n) => connect(`CP${n}`));
    const busy = connect('busy');
    busy.socket.says(heartbeat('a'));
    busy.socket.says(heartbeat('b'));
    let drained = false;
    void drainConnections(registry, clock, config).then(() => (drained = true));
    await clock.advance(500);
    const gone = idle.filter(({ socket }) => socket.end !== undefined).length;
    assert.ok(gone >= 4 && gone <= 6, `${gone} of 9 closed at half time`);
    await clock.advance(1000);
    assert.ok(idle.every(({ socket }) => socket.endCode === 1001));
    assert.equal(busy.socket.end, undefined);
    for (const id of ['a', 'b']) {
      owner.reply(busy.link, id);
      await clock.settle();
    }
    assert.deepEqual(busy.socket.heard(), [
      [3, 'a', {}],
      [3, 'b', {}],
    ]);
    await clock.advance(200);
    assert.equal(busy.socket.endCode, 1001);
    assert.ok(drained);
  });

  test('does not wait for ever', async () => {
    const { clock, worker, connect, registry, config } = rig({ drainSpreadMs: 0, drainCallWaitMs: 5000 });
    worker(5);
    const { socket } = connect();
    socket.says(heartbeat('a'));
    const drained = drainConnections(registry, clock, config);
    await clock.advance(4000);
    assert.equal(socket.end, undefined);
    await clock.advance(1200);
    assert.equal(socket.endCode, 1001);
    await drained;
  });
});

/** Random numbers, the same at each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

type Frame = readonly [type: 2, id: string, action: string, payload: object];

const call = (action: string, payload: object): Frame => [2, action, action, payload];
const START = call('StartTransaction', {
  connectorId: 1,
  idTag: 'A',
  meterStart: 0,
  timestamp: '2026-11-21T10:00:00Z',
});
const STOP = call('StopTransaction', { transactionId: 1, meterStop: 5, timestamp: '2026-11-21T11:00:00Z' });
const meterValues = (more: object): Frame =>
  call('MeterValues', {
    connectorId: 1,
    meterValue: [{ timestamp: '2026-11-21T10:30:00Z', sampledValue: [{ value: '1' }] }],
    ...more,
  });
const transactionEvent = (eventType: string): Frame =>
  call('TransactionEvent', {
    eventType,
    timestamp: '2026-11-21T10:00:00Z',
    triggerReason: 'Authorized',
    seqNo: 0,
    transactionInfo: { transactionId: 'T' },
  });

describe('the order of draining', () => {
  /** Station ids in the order in which they were closed, ten of them a second. */
  async function drained(says: Readonly<Record<string, readonly Frame[]>>, seed = 1): Promise<string[]> {
    const stations = Object.entries(says);
    const spread = { drainSpreadMs: stations.length * 100, drainCallWaitMs: 5000 };
    const { clock, worker, connect, registry, config } = rig(spread);
    const owner = worker(5);
    const closed: string[] = [];
    const connected = stations.map(([id, frames]) => {
      const station = connect(id, frames[0]?.[2] === 'TransactionEvent' ? '2.0.1' : '1.6');
      for (const frame of frames) {
        station.socket.says(frame);
        owner.reply(station.link, frame[1]);
      }
      return { id, ...station };
    });
    await clock.settle();
    const done = drainConnections(registry, clock, config, seeded(seed));
    while (registry.size > 0) {
      await clock.advance(25);
      for (const { id, socket } of connected)
        if (socket.end !== undefined && !closed.includes(id)) closed.push(id);
    }
    await clock.advance(50);
    await done;
    return closed;
  }

  test('stations with a running transaction go last', async () => {
    const order = await drained({
      started: [START],
      idle1: [],
      stopped: [START, STOP],
      resumed16: [meterValues({ transactionId: 7 })],
      metered: [meterValues({})],
      started2x: [transactionEvent('Started')],
      ended2x: [transactionEvent('Started'), transactionEvent('Ended')],
      resumed2x: [transactionEvent('Updated')],
      idle2: [call('Heartbeat', {})],
    });
    assert.deepEqual(
      new Set(order.slice(0, 5)),
      new Set(['idle1', 'stopped', 'metered', 'ended2x', 'idle2']),
    );
    assert.deepEqual(new Set(order.slice(5)), new Set(['started', 'resumed16', 'started2x', 'resumed2x']));
  });

  test('otherwise it is a random one: neighbours often came together', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `CP${n}`);
    const idle = Object.fromEntries(ids.map((id) => [id, []]));
    const [one, another] = [await drained(idle, 1), await drained(idle, 2)];
    assert.deepEqual(new Set(one), new Set(ids));
    assert.notDeepEqual(one, ids);
    assert.notDeepEqual(one, another);
  });

  test('who begins a transaction while it waits goes last as well', async () => {
    const { clock, worker, connect, registry, config } = rig({ drainSpreadMs: 1000, drainCallWaitMs: 5000 });
    const owner = worker(5);
    const stations = Array.from({ length: 10 }, (_, n) => connect(`CP${n}`));
    const done = drainConnections(registry, clock, config, seeded(1));
    await clock.advance(100);
    const waiting = stations.filter(({ socket }) => socket.end === undefined);
    const [late] = waiting;
    assert.ok(late !== undefined && waiting.length >= 8);
    late.socket.says(START);
    owner.reply(late.link, 'StartTransaction', { transactionId: 1, idTagInfo: { status: 'Accepted' } });
    await clock.advance(800);
    assert.equal(late.socket.end, undefined);
    await clock.advance(400);
    assert.ok(stations.every(({ socket }) => socket.endCode === 1001));
    await done;
  });
});
