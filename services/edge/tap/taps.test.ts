import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBroker } from '../../../libs/bus/mod.js';
import { ManualClock } from '../../../libs/clock/mod.js';
import {
  decodeTapped,
  encodeTapRequest,
  stationToken,
  subjects,
  type Tapped,
} from '../../../libs/link/mod.js';
import { DEFAULT_QUIRKS } from '../../../libs/ocpp/mod.js';
import { createMetrics, silentLogger } from '../../../libs/ops/mod.js';
import { MOST_TAPS, STATION_BURST_BYTES } from './limits.js';
import { Taps, type Tappable } from './taps.js';

const LEASE_MS = 10_000;

function rig() {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock, onError: (error) => assert.fail(String(error)) });
  const connections: Tappable[] = [];
  const metrics = createMetrics();
  const bus = broker.connect();
  const taps = new Taps({
    edgeId: 'edge-a',
    basePath: '/ocpp',
    bus,
    clock,
    logger: silentLogger(),
    metrics,
    connectionsOf: (stationId) => connections.filter((connection) => connection.stationId === stationId),
  });
  taps.start();
  const api = broker.connect();
  const heard: Tapped[] = [];
  api.subscribe('csms.tapped.*.*', ({ data }) => heard.push(decodeTapped(data)));
  return {
    clock,
    bus,
    taps,
    metrics,
    /** A station connects. */
    connect: (stationId: string, connectionId: string): Tappable => {
      const link = {
        edgeId: 'edge-a',
        connectionId,
        version: '1.6',
        connectedAt: clock.now(),
        provisioned: true,
        securityProfile: 1,
      } as const;
      const connection: Tappable = {
        stationId,
        link,
        quirks: DEFAULT_QUIRKS,
        remoteAddress: '10.0.0.1',
        tap: undefined,
      };
      connections.push(connection);
      taps.opened(connection);
      return connection;
    },
    leave: (connection: Tappable) => void connections.splice(connections.indexOf(connection), 1),
    ask: async (stationId: string, leaseMs = LEASE_MS, id = 'tap-1') => {
      api.publish(subjects.tap(stationToken(stationId)), encodeTapRequest({ process: 'api-1', id, leaseMs }));
      await clock.settle();
    },
    /** All that was told since, and forgets it. */
    heard: async () => {
      await clock.settle();
      return heard.splice(0);
    },
    kinds: async () => {
      await clock.settle();
      return heard.splice(0).map(({ told }) => told.kind);
    },
  };
}

const frame = (id: string) => Buffer.from(`[2,"${id}","Heartbeat",{}]`);

test('what nobody taps is not told, and its connection has no tap', async () => {
  const { taps, connect, ask, kinds } = rig();
  const connection = connect('CS-1', 'c1');
  taps.refused('draining', handshakeOf('CS-1'));
  await ask('CS-2');
  assert.equal(connection.tap, undefined);
  assert.deepEqual(await kinds(), ['alive']);
});

function handshakeOf(stationId: string) {
  return {
    path: `/ocpp/${stationId}`,
    authorization: '',
    protocols: '',
    remoteAddress: '10.0.0.9',
    secure: false,
    certificate: undefined,
  };
}

test('a station that is connected is tapped from now on, with the times of its CALLs', async () => {
  const { clock, connect, ask, heard } = rig();
  const connection = connect('CS 1', 'c1');
  await ask('CS 1');
  const [alive] = await heard();
  assert.deepEqual(alive?.told, {
    kind: 'alive',
    connections: [
      {
        connectionId: 'c1',
        version: '1.6',
        securityProfile: 1,
        remoteAddress: '10.0.0.1',
        connectedAt: clock.now(),
      },
    ],
  });
  const bytes = frame('a');
  connection.tap?.received(bytes, false, 100);
  // The socket may use its buffer again.
  bytes.fill(0);
  connection.tap?.sent('[3,"a",{"currentTime":"2026-01-01T00:00:00Z"}]', 112.5);
  connection.tap?.sent('[2,"b","ClearCache",{}]', 200);
  connection.tap?.received(Buffer.from('[4,"b","InternalError","",{}]'), false, 230);
  connection.tap?.received(Buffer.from([1, 2]), true, 240);
  connection.tap?.disconnected(1003, 'OCPP messages are text', 'binary_message');
  const told = await heard();
  assert.deepEqual(
    told.map(({ number, connectionId, told: { kind } }) => [number, connectionId, kind]),
    [2, 3, 4, 5, 6, 7].map((number) => [number, 'c1', number === 7 ? 'disconnected' : 'frame']),
  );
  const frames = told.flatMap(({ told: one }) => (one.kind === 'frame' ? [one] : []));
  assert.deepEqual(
    frames.map(({ from, messageType, action, answeredAfterMs, fault }) => [
      from,
      messageType,
      action,
      answeredAfterMs,
      fault?.kind,
    ]),
    [
      ['station', 2, 'Heartbeat', undefined, undefined],
      ['gateway', 3, 'Heartbeat', 12.5, undefined],
      ['gateway', 2, 'ClearCache', undefined, undefined],
      ['station', 4, 'ClearCache', 30, undefined],
      ['station', 0, undefined, undefined, 'binary'],
    ],
  );
});

test('a station that comes in later is tapped from its first frame, and so is its next connection', async () => {
  const { connect, leave, ask, kinds } = rig();
  await ask('CS-1');
  const first = connect('CS-1', 'c1');
  first.tap?.received(frame('a'), false, 0);
  first.tap?.disconnected(1006, '', 'lost');
  leave(first);
  connect('CS-1', 'c2').tap?.received(frame('b'), false, 0);
  assert.deepEqual(await kinds(), ['alive', 'connected', 'frame', 'disconnected', 'connected', 'frame']);
});

test('a refused handshake is told to who taps the station, and to nobody else', async () => {
  const { taps, ask, heard } = rig();
  await ask('CS 1');
  await heard();
  taps.refused('unknown_station', handshakeOf('CS%201'));
  taps.refused('unknown_station', handshakeOf('CS-2'));
  taps.refused('bad_encoding', handshakeOf('%'));
  taps.refused('other_path', { ...handshakeOf(''), path: '/elsewhere' });
  const told = await heard();
  assert.deepEqual(
    told.map(({ told: one }) => (one.kind === 'refused' ? [one.outcome, one.status] : one.kind)),
    [['unknown_station', 404]],
  );
});

test('a tap that is not asked for again is forgotten, one that is goes on', async () => {
  const { clock, connect, ask, kinds } = rig();
  const connection = connect('CS-1', 'c1');
  await ask('CS-1');
  await clock.advance(LEASE_MS - 1000);
  await ask('CS-1');
  await clock.advance(LEASE_MS - 1000);
  assert.ok(connection.tap !== undefined);
  await clock.advance(3000);
  assert.equal(connection.tap, undefined);
  assert.equal(clock.timers, 0);
  assert.deepEqual(await kinds(), ['alive', 'alive']);
});

test('a tap ends at once when it is asked to, the others of the station go on', async () => {
  const { connect, ask, heard } = rig();
  const connection = connect('CS-1', 'c1');
  await ask('CS-1', LEASE_MS, 'tap-1');
  await ask('CS-1', LEASE_MS, 'tap-2');
  await heard();
  connection.tap?.received(frame('a'), false, 0);
  assert.equal((await heard()).length, 2);
  await ask('CS-1', 0, 'tap-1');
  connection.tap?.received(frame('b'), false, 0);
  assert.deepEqual(
    (await heard()).map(({ number }) => number),
    [3],
  );
  await ask('CS-1', 0, 'tap-2');
  assert.equal(connection.tap, undefined);
});

test('past its bytes a second a tap leaves frames out, says how many, and goes on', async () => {
  const { clock, connect, ask, heard, metrics } = rig();
  const connection = connect('CS-1', 'c1');
  await ask('CS-1');
  await heard();
  const large = Buffer.from(JSON.stringify([2, 'x', 'Vendor', { a: 'b'.repeat(60_000) }]));
  const sent = 100;
  for (let at = 0; at < sent; at++) connection.tap?.received(large, false, clock.monotonic());
  const shown = await heard();
  assert.ok(shown.length >= STATION_BURST_BYTES / 61_000 && shown.length < 25, String(shown.length));
  assert.match(await metrics.text(), new RegExp(`tap_left_out_total ${sent - shown.length}$`, 'm'));
  await clock.advance(1000);
  connection.tap?.received(frame('a'), false, clock.monotonic());
  const [leftOut, next] = await heard();
  assert.deepEqual(leftOut?.told, { kind: 'left_out', messages: sent - shown.length });
  assert.equal(next?.told.kind, 'frame');
});

test('how a connection ends is told also when its frames are left out', async () => {
  const { clock, connect, ask, heard } = rig();
  const connection = connect('CS-1', 'c1');
  await ask('CS-1');
  const large = Buffer.alloc(60_000, 'x');
  for (let at = 0; at < 100; at++) connection.tap?.received(large, false, clock.monotonic());
  await heard();
  connection.tap?.disconnected(1008, 'messages come too fast', 'too_fast');
  assert.deepEqual(
    (await heard()).map(({ told }) => told.kind),
    ['left_out', 'disconnected'],
  );
});

test('an edge serves so many taps and no more, and says so', async () => {
  const { ask, heard, metrics } = rig();
  for (let at = 0; at < MOST_TAPS; at++) await ask(`CS-${at}`, LEASE_MS, `tap-${at}`);
  await heard();
  await ask('CS-0', LEASE_MS, 'one-more');
  await ask('CS-0', LEASE_MS, 'tap-0');
  assert.deepEqual(
    (await heard()).map(({ told }) => told.kind),
    ['full', 'alive'],
  );
  assert.match(await metrics.text(), new RegExp(`^stationmaster_edge_taps ${MOST_TAPS}$`, 'm'));
});

test('what the bus does not take is a gap in the numbers, and slows nobody', async () => {
  const { bus, connect, ask, heard } = rig();
  const connection = connect('CS-1', 'c1');
  await ask('CS-1');
  bus.setConnected(false);
  connection.tap?.received(frame('a'), false, 0);
  bus.setConnected(true);
  connection.tap?.received(frame('b'), false, 0);
  assert.deepEqual(
    (await heard()).map(({ number }) => number),
    [1, 3],
  );
});

test('a request that is none is passed over', async () => {
  const { bus, ask, kinds } = rig();
  for (const bytes of ['', 'x', '\xC0']) bus.publish('csms.tap.CS-1', Buffer.from(bytes, 'latin1'));
  bus.publish('csms.tap.CS-1', encodeTapRequest({ process: 'a.b', id: '>', leaseMs: 1 }));
  bus.publish('csms.tap.=zz', encodeTapRequest({ process: 'a', id: 'b', leaseMs: 1 }));
  await ask('CS-1');
  assert.deepEqual(await kinds(), ['alive']);
});
