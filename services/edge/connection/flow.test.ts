import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_QUIRKS, type Quirk } from '../../../libs/ocpp/mod.js';
import { heartbeat, rig } from './rig.fixture.js';

describe('inbound rate limit', () => {
  test('a station that is too fast is served, but not read until that is paid for', async () => {
    const { clock, worker, connect, totals } = rig({ stationRateLimit: 10, stationBurst: 5 });
    const owner = worker(5);
    const { socket, link } = connect();
    for (let n = 0; n < 15; n++) {
      socket.says(heartbeat(String(n)));
      owner.reply(link, String(n));
      await clock.settle();
    }
    assert.equal(socket.heard().length, 15, 'nothing is lost');
    assert.deepEqual(socket.pauses, ['pause']);
    await clock.advance(1000);
    assert.equal(totals.pausedConnections, 1);
    await clock.advance(200);
    assert.deepEqual(socket.pauses, ['pause', 'resume']);
    assert.equal(totals.pausedConnections, 0);
  });

  test('on a socket that cannot stop reading, one that goes on is closed', () => {
    const { connect } = rig({ stationRateLimit: 10, stationBurst: 5 });
    const { socket } = connect();
    socket.canPause = false;
    for (let n = 0; n < 10; n++) socket.says([3, 'x', {}]);
    assert.equal(socket.endCode, undefined);
    for (let n = 0; n < 2; n++) socket.says([3, 'x', {}]);
    assert.equal(socket.endCode, 1008);
  });

  test('no limit: never paused', async () => {
    const { clock, worker, connect } = rig({ stationRateLimit: 0 });
    const owner = worker(5);
    const { socket, link } = connect();
    for (let n = 0; n < 500; n++) {
      socket.says(heartbeat(String(n)));
      owner.reply(link, String(n));
      await clock.settle();
    }
    assert.deepEqual(socket.pauses, []);
  });

  test('results of orders count too, and a pause for two reasons ends with the later one', async () => {
    const { clock, worker, connect } = rig({ stationRateLimit: 10, stationBurst: 3, pauseAtQueuedCalls: 1 });
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    socket.says(heartbeat('b'));
    socket.says([3, 'x', {}]);
    socket.says([3, 'x', {}]);
    assert.deepEqual(socket.pauses, ['pause']);
    owner.reply(link, 'a');
    owner.reply(link, 'b');
    await clock.settle();
    assert.deepEqual(socket.pauses, ['pause']);
    await clock.advance(300);
    assert.deepEqual(socket.pauses, ['pause', 'resume']);
  });
});

describe('a station that does not read', () => {
  test('is cut off when the buffer is full', async () => {
    const { clock, worker, connect, metric } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    socket.nextResult = 'refused';
    owner.reply(link, 'a');
    await clock.settle();
    assert.equal(socket.endCode, 1006);
    assert.equal(await metric('stationmaster_edge_closes_total{code="1006",reason="slow_reader"}'), 1);
  });

  test('is cut off when it has not read for too long; one that reads in time is not', async () => {
    const { clock, worker, connect } = rig({
      stalledAfterMs: 30_000,
      pingIntervalMs: 1_000_000,
      deadAfterMs: 2_000_000,
    });
    const owner = worker(5);
    const slow = connect('slow');
    const stuck = connect('stuck');
    for (const { socket, link } of [slow, stuck]) {
      socket.bufferedAmount = 1000;
      socket.nextResult = 'buffered';
      owner.order(link, 'o');
    }
    await clock.advance(29_000);
    slow.socket.bufferedAmount = 0;
    slow.connection.drained();
    await clock.advance(2000);
    assert.equal(slow.socket.end, undefined);
    assert.equal(stuck.socket.endCode, 1006);
  });
});

describe('liveness', () => {
  const times = { pingIntervalMs: 30_000, deadAfterMs: 90_000 };

  test('only a silent station is pinged; any message counts as life', async () => {
    const { clock, worker, connect } = rig(times);
    const owner = worker(5);
    const { socket, link } = connect();
    for (let n = 0; n < 20; n++) {
      socket.says(heartbeat(String(n)));
      owner.reply(link, String(n));
      await clock.advance(20_000);
    }
    assert.equal(socket.pings, 0);
    await clock.advance(61_000);
    assert.ok(socket.pings >= 1 && socket.pings <= 2);
  });

  test('a station that answered pings once and then is silent is cut off', async () => {
    const { clock, worker, connect, registry } = rig(times);
    worker(5);
    const { socket, connection } = connect();
    await clock.advance(61_000);
    connection.pong();
    await clock.advance(89_000);
    assert.equal(socket.end, undefined);
    await clock.advance(31_000);
    assert.equal(socket.endCode, 1006);
    assert.equal(registry.size, 0);
  });

  test('one that never answers pings stays, where quirk no_pong is on, and is counted', async () => {
    const tolerant = rig(times);
    tolerant.worker(5);
    const { socket } = tolerant.connect();
    await tolerant.clock.advance(600_000);
    assert.equal(socket.end, undefined);
    assert.ok(socket.pings >= 18);
    assert.equal(await tolerant.metric('stationmaster_edge_quirks_total{quirk="no_pong"}'), 1);
    const quirks = new Set([...DEFAULT_QUIRKS].filter((quirk): quirk is Quirk => quirk !== 'no_pong'));
    const strict = rig({ ...times, quirks });
    strict.worker(5);
    const other = strict.connect();
    await strict.clock.advance(121_000);
    assert.equal(other.socket.endCode, 1006);
  });

  test('pings of many stations are spread over the interval', async () => {
    const { clock, worker, connect } = rig(times);
    worker(5);
    const sockets = Array.from({ length: 640 }, (_, n) => connect(`CP${n}`).socket);
    await clock.advance(30_000);
    const before = sockets.reduce((sum, { pings }) => sum + pings, 0);
    await clock.advance(3000);
    const tenth = sockets.reduce((sum, { pings }) => sum + pings, 0) - before;
    assert.ok(tenth > 20 && tenth < 160, `${tenth} of 640 pinged in a tenth of the interval`);
  });

  test('a connection that is not read is not judged', async () => {
    const { clock, worker, connect } = rig({ ...times, pauseAtQueuedCalls: 1, callDeadlineMs: 600_000 });
    worker(5);
    const { socket, connection } = connect();
    connection.pong();
    socket.says(heartbeat('a'));
    socket.says(heartbeat('b'));
    await clock.advance(500_000);
    assert.equal(socket.end, undefined);
  });
});
