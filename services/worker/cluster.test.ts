import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandOutcome } from '../../libs/api/mod.js';
import { MemoryBroker, type BusMessage } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { memoryEventLog } from '../../libs/eventlog/mod.js';
import {
  decodeDown,
  encodeUp,
  shardOf,
  subjects,
  subjectToken,
  type Connection,
  type Up,
} from '../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { memoryStore, StoreError, type Store } from '../../libs/store/mod.js';
import { startWorker } from './start.js';
import { DEFAULT_STATION_CONFIG } from './station/mod.js';

const SHARDS = 32;
const TTL = 5_000;

/** The store as one worker reaches it; `cut` is the loss of its connection. */
function reachable(store: Store): { store: Store; cut: boolean } {
  const link = { store, cut: false };
  const guard = <T extends object>(seam: T): T =>
    new Proxy(seam, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...call: unknown[]): unknown => {
          if (link.cut) return Promise.reject(new StoreError('unavailable', 'the store cannot be reached'));
          return Reflect.apply(member, target, call) as unknown;
        };
      },
    });
  link.store = {
    ...store,
    shards: store.shards,
    leases: guard(store.leases),
    workers: guard(store.workers),
    states: guard(store.states),
  };
  return link;
}

/** Workers with a connection each, on one store and one event log; an edge; business services. */
async function openCluster(names: readonly string[]) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const store = memoryStore({ clock, shards: SHARDS });
  const log = memoryEventLog({ clock });
  const edge = openEdge(broker);
  const caller = broker.connect();
  const start = async (workerId: string) => {
    const bus = broker.connect();
    const link = reachable(store);
    const metrics = createMetrics();
    const starting = startWorker({
      bus,
      store: link.store,
      eventlog: log,
      clock,
      logger: silentLogger(),
      metrics,
      config: {
        workerId,
        leaseTtlMs: TTL,
        decisionTimeoutMs: 1_000,
        ownDecisions: new Set(),
        commandTimeoutMs: 10_000,
        passivateAfterMs: 60_000,
        station: DEFAULT_STATION_CONFIG,
      },
    });
    await clock.settle();
    const worker = await starting;
    return {
      worker,
      bus,
      link,
      /** As a process that was killed: it is heard of no more. */
      kill() {
        bus.setConnected(false);
        link.cut = true;
      },
      metric: async (line: string): Promise<number> => {
        const found = (await metrics.text()).split('\n').find((text) => text.startsWith(`${line} `));
        return Number(found?.slice(line.length + 1));
      },
    };
  };
  const workers: Awaited<ReturnType<typeof start>>[] = [];
  for (const name of names) workers.push(await start(name));
  await clock.advance(2_000);
  edge.sent.clear();
  return {
    clock,
    broker,
    store,
    log,
    edge,
    start,
    workers,
    owned: () => workers.map(({ worker }) => worker.shards.length),
    ownerOf: (token: string) => workers.find(({ worker }) => worker.shards.includes(shardOf(token, SHARDS))),
    command(token: string): { outcome?: CommandOutcome } {
      const asked: { outcome?: CommandOutcome } = {};
      void caller
        .request(subjects.command(token, 'ClearCache'), Buffer.from('{}'), { timeoutMs: 60_000 })
        .then(({ data }) => (asked.outcome = JSON.parse(Buffer.from(data).toString()) as CommandOutcome));
      return asked;
    },
  };
}

/** An edge with one connection for each station, which holds each CALL until it is answered. */
function openEdge(broker: MemoryBroker) {
  const bus = broker.connect();
  const held = new Map<string, () => void>();
  const sent = new Map<string, number>();
  const orders: { token: string; id: string }[] = [];
  const announced: BusMessage[] = [];
  const connectionOf = (token: string): Connection => ({
    edgeId: 'e1',
    connectionId: token,
    version: '1.6',
    connectedAt: 1,
    provisioned: true,
    securityProfile: 0,
  });
  const say = (token: string, up: Up) =>
    bus.publish(subjects.up(shardOf(token, SHARDS), token), encodeUp(up), subjects.connection('e1', token));
  bus.subscribe(subjects.connectionsOf('e1'), ({ subject, data, noResponders }) => {
    if (noResponders === true) return;
    const down = decodeDown(data);
    const token = subjectToken(subject, 3);
    if (down.kind === 'reply') held.delete(`${token}/${down.id}`);
    if (down.kind === 'order') orders.push({ token, id: down.id });
  });
  bus.subscribe(subjects.shards, (message) => {
    announced.push(message);
    const shard = Number(subjectToken(message.subject, 2));
    for (const [name, again] of held) if (shardOf(name.split('/')[0] ?? '', SHARDS) === shard) again();
  });
  return {
    held,
    sent,
    orders,
    announced,
    connect: (token: string) =>
      say(token, { kind: 'connected', connection: connectionOf(token), resumed: false }),
    call(token: string, id: string, action = 'BootNotification', payload: object = BOOT) {
      const connection = connectionOf(token);
      const publish = () =>
        say(token, { kind: 'call', connection, id, action, payload: Buffer.from(JSON.stringify(payload)) });
      held.set(`${token}/${id}`, publish);
      publish();
    },
    result: (token: string, id: string) =>
      say(token, {
        kind: 'result',
        connection: connectionOf(token),
        id,
        payload: Buffer.from('{"status":"Accepted"}'),
      }),
  };
}

const BOOT = { chargePointVendor: 'Acme', chargePointModel: 'One' };
const TOKENS = Array.from({ length: 40 }, (_, n) => `CP${n}`);
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe('several workers', () => {
  test('share the shards; one that joins takes its part while every CALL is answered', async () => {
    const { clock, edge, start, workers, owned, log } = await openCluster(['w1', 'w2']);
    assert.equal(sum(owned()), SHARDS);
    assert.ok(owned().every((count) => count > 5));
    for (const token of TOKENS) edge.connect(token);
    const third = await start('w3');
    workers.push(third);
    for (let round = 0; round < 20; round++) {
      for (const token of TOKENS) edge.call(token, `${round}`);
      await clock.advance(60);
      assert.equal(edge.held.size, 0, `round ${round}`);
    }
    assert.equal(sum(owned()), SHARDS);
    assert.ok(third.worker.shards.length > 5);
    assert.deepEqual(third.worker.members, ['w1', 'w2', 'w3']);
    const { entries } = await log.read({ after: 0, limit: 10_000 });
    assert.equal(entries.filter(({ type }) => type === 'station.connected').length, TOKENS.length);
    const moved = await third.metric('stationmaster_shard_handovers_total{outcome="granted"}');
    assert.equal(moved, third.worker.shards.length);
  });

  test('one that closes hands over at once, whatever was under way', async () => {
    const { clock, edge, workers, owned, log } = await openCluster(['w1', 'w2']);
    for (const token of TOKENS) edge.connect(token);
    await clock.settle();
    for (const token of TOKENS) edge.call(token, '1');
    const closing = workers[0]?.worker.close();
    await clock.advance(20);
    await closing;
    assert.deepEqual(owned(), [0, SHARDS]);
    assert.equal(edge.held.size, 0);
    for (const token of TOKENS) edge.call(token, '2');
    await clock.settle();
    assert.equal(edge.held.size, 0);
    const { entries } = await log.read({ after: 0, limit: 10_000 });
    assert.equal(entries.filter(({ type }) => type === 'station.booted').length, 2 * TOKENS.length);
    const released = await workers[0]?.metric('stationmaster_shard_handovers_total{outcome="released"}');
    assert.equal(await workers[0]?.metric('stationmaster_shards_owned'), 0);
    assert.ok((released ?? 0) > 5);
  });

  test('the CALLs and commands of one that dies are served when its lease has lapsed', async () => {
    const cluster = await openCluster(['w1', 'w2']);
    const { clock, edge, workers, command, ownerOf } = cluster;
    for (const token of TOKENS) {
      edge.connect(token);
      edge.call(token, '0');
    }
    await clock.settle();
    const token = TOKENS.find((one) => ownerOf(one) === workers[0]) ?? '';
    const begun = command(token);
    await clock.settle();
    assert.equal(edge.orders.length, 1);
    workers[0]?.kill();
    const waiting = command(token);
    edge.call(token, '1', 'Heartbeat', {});
    await clock.advance(TTL - 200);
    assert.equal(edge.held.size, 1);
    await clock.advance(1_200);
    assert.equal(edge.held.size, 0);
    // The edge tells its connections to a new owner; here the CALL has done so.
    assert.ok(edge.orders.length >= 2, 'the outstanding command is asked about again');
    edge.result(token, edge.orders[0]?.id ?? '');
    await clock.settle();
    assert.equal(begun.outcome?.status, 'result', JSON.stringify(begun));
    const next = edge.orders.find(({ id }) => id !== edge.orders[0]?.id);
    edge.result(token, next?.id ?? '');
    await clock.settle();
    assert.equal(waiting.outcome?.status, 'result');
  });

  test('a command that nobody ever takes is refused in the end', async () => {
    const { clock, workers, command, start, store } = await openCluster(['w1']);
    const [token = ''] = TOKENS;
    await workers[0]?.worker.close();
    // Somebody who does not serve holds the shard.
    const shard = shardOf(token, SHARDS);
    assert.ok((await store.leases.acquire(shard, 'stranger', 600_000)).granted);
    const second = await start('w2');
    const asked = command(token);
    await clock.advance(10_000 + TTL + 500);
    assert.equal(asked.outcome, undefined);
    await clock.advance(1_000);
    assert.match(JSON.stringify(asked.outcome), /"refused".*nobody serves the station/);
    assert.equal(second.worker.shards.length, SHARDS - 1);
  });

  test('after a loss of the bus every shard is announced again, with its epoch', async () => {
    const { clock, edge, workers } = await openCluster(['w1']);
    const before = new Map(
      edge.announced.map(({ subject, data }) => [subject, Buffer.from(data).toString()]),
    );
    edge.announced.length = 0;
    workers[0]?.bus.setConnected(false);
    await clock.advance(TTL - 100);
    assert.equal(edge.announced.length, 0);
    workers[0]?.bus.setConnected(true);
    await clock.settle();
    const after = new Map(edge.announced.map(({ subject, data }) => [subject, Buffer.from(data).toString()]));
    assert.deepEqual(after, before);
    assert.equal(after.size, SHARDS);
  });

  test('one that is cut off from the bus for long lets the others serve its shards, and comes back', async () => {
    const { clock, workers, owned, edge } = await openCluster(['w1', 'w2']);
    const before = owned();
    workers[0]?.bus.setConnected(false);
    await clock.advance(TTL + 3_000);
    assert.deepEqual(owned(), [0, SHARDS]);
    for (const token of TOKENS) edge.call(token, '1');
    await clock.settle();
    assert.equal(edge.held.size, 0);
    workers[0]?.bus.setConnected(true);
    await clock.advance(2_000);
    assert.deepEqual(owned(), before);
  });

  test('one that is cut off from the store serves until its lease is over, and goes on when it is back', async () => {
    const { clock, edge, workers, owned, ownerOf } = await openCluster(['w1', 'w2']);
    const before = owned();
    const token = TOKENS.find((one) => ownerOf(one) === workers[0]) ?? '';
    const [first] = workers;
    assert.ok(first);
    first.link.cut = true;
    await clock.advance(TTL * 1.2);
    assert.deepEqual(owned(), [0, SHARDS]);
    edge.call(token, '1');
    await clock.settle();
    assert.equal(edge.held.size, 0);
    assert.ok((await first.metric('stationmaster_lease_call_failures_total{call="renew"}')) > 0);
    assert.equal(await first.metric('stationmaster_shard_handovers_total{outcome="lapsed"}'), before[0]);
    first.link.cut = false;
    await clock.advance(2_500);
    assert.deepEqual(owned(), before);
  });
});
