import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { heartbeat, rig } from './rig.fixture.js';

const call = (id: string, action: string, payload: unknown): unknown => [2, id, action, payload];
const DROPPED = (reason: string) => `stationmaster_edge_dropped_total{reason="${reason}"}`;
const FAULTS = (kind: string) => `stationmaster_edge_faults_total{kind="${kind}"}`;
const RESENDS = (what: string) => `stationmaster_edge_resends_total{what="${what}"}`;

describe('the life of a CALL', () => {
  test('a connection is told, a CALL forwarded with its bytes, its reply sent, the next one taken', async () => {
    const { clock, worker, connect, totals } = rig();
    const owner = worker(5);
    const { socket, link } = connect('CP 1');
    socket.says('[2,"a","Heartbeat", { } ]');
    await clock.settle();
    assert.deepEqual(owner.heard(), [
      { kind: 'connected', resumed: false },
      { kind: 'call', id: 'a', action: 'Heartbeat', payload: '{ }' },
    ]);
    assert.deepEqual(owner.connections[0], link);
    assert.equal(totals.callsInFlight, 1);
    owner.reply(link, 'a', { currentTime: 'now' });
    await clock.settle();
    assert.deepEqual(socket.heard(), [[3, 'a', { currentTime: 'now' }]]);
    assert.equal(totals.callsInFlight, 0);
    socket.says(heartbeat('a'));
    await clock.settle();
    assert.equal(owner.heard()[0]?.['id'], 'a');
  });

  test('further CALLs wait in order, one is in flight at a time', async () => {
    const { clock, worker, connect, totals } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    for (const id of ['a', 'b', 'c']) socket.says(heartbeat(id));
    for (const id of ['a', 'b', 'c']) {
      await clock.settle();
      const calls = owner.heard().filter(({ kind }) => kind === 'call');
      assert.deepEqual(
        calls.map((heard) => heard['id']),
        [id],
      );
      owner.reply(link, id);
    }
    await clock.settle();
    assert.deepEqual(socket.heard(), [
      [3, 'a', {}],
      [3, 'b', {}],
      [3, 'c', {}],
    ]);
    assert.deepEqual(totals, { callsInFlight: 0, queuedCalls: 0, queuedBytes: 0, pausedConnections: 0 });
  });

  test('reading stops when CALLs wait, and goes on when none does', async () => {
    const { clock, worker, connect, totals } = rig({ pauseAtQueuedCalls: 2 });
    const owner = worker(5);
    const { socket, link } = connect();
    for (const id of ['a', 'b']) socket.says(heartbeat(id));
    assert.deepEqual(socket.pauses, []);
    for (const id of ['c', 'd']) socket.says(heartbeat(id));
    assert.deepEqual(socket.pauses, ['pause']);
    assert.equal(totals.pausedConnections, 1);
    for (const id of ['a', 'b', 'c', 'd']) {
      owner.reply(link, id);
      await clock.settle();
    }
    assert.deepEqual(socket.pauses, ['pause', 'resume']);
    assert.equal(totals.pausedConnections, 0);
  });

  test('the queue is bounded: past it a CALL is refused by a CALLERROR', async () => {
    const { clock, worker, connect, totals, metric } = rig({ maxQueuedBytes: 600 });
    worker(5);
    const { socket } = connect();
    for (const id of ['a', 'b', 'c', 'd']) socket.says(heartbeat(id));
    await clock.settle();
    const [answer, ...others] = socket.heard() as unknown[][];
    assert.deepEqual(answer?.slice(0, 3), [4, 'd', 'GenericError']);
    assert.equal(others.length, 0);
    assert.equal(totals.queuedCalls, 2);
    assert.equal(await metric(FAULTS('too_many_calls')), 1);
    socket.terminate();
    assert.equal(totals.queuedBytes, 0);
  });

  test('the queues of all stations together are bounded', () => {
    const { worker, connect, totals } = rig({ maxQueuedBytesTotal: 600 });
    worker(5);
    const first = connect('CP1').socket;
    const second = connect('CP2').socket;
    for (const socket of [first, second]) for (const id of ['a', 'b', 'c']) socket.says(heartbeat(id));
    assert.equal(totals.queuedCalls, 2);
    assert.deepEqual([first.heard().length, second.heard().length], [0, 2]);
  });

  test('a SEND (2.1) is passed on at once and never answered', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket } = connect('CP1', '2.1');
    socket.says(heartbeat('a'));
    const payload = { id: 1, pending: 0, basetime: '2026-01-01T00:00:00Z', data: [{ t: 1, v: '2' }] };
    socket.says([6, 's', 'NotifyPeriodicEventStream', payload]);
    await clock.settle();
    assert.deepEqual(
      owner.heard().map(({ kind }) => kind),
      ['connected', 'call', 'send'],
    );
    socket.says([6, 's', 'NotifyPeriodicEventStream', { id: 'wrong' }]);
    assert.deepEqual(socket.heard(), []);
  });

  test('no worker answers by the deadline: InternalError, then the next CALL', async () => {
    for (const version of ['1.6', '2.0.1'] as const) {
      const { clock, worker, connect, metric } = rig({ callDeadlineMs: 30_000 });
      const owner = worker(5);
      const { socket } = connect('CP1', version);
      socket.says(heartbeat('a'));
      socket.says(heartbeat('b'));
      await clock.advance(29_900);
      assert.deepEqual(socket.heard(), []);
      owner.heard();
      await clock.advance(300);
      const [answer] = socket.heard() as unknown[][];
      assert.deepEqual(answer?.slice(0, 3), [4, 'a', 'InternalError']);
      assert.equal(await metric('stationmaster_edge_deadlines_total'), 1);
      assert.deepEqual(owner.heard(), [{ kind: 'call', id: 'b', action: 'Heartbeat', payload: '{}' }]);
    }
  });

  test('a reply that comes after the deadline is dropped', async () => {
    const { clock, worker, connect, metric } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    await clock.advance(31_000);
    assert.equal(socket.heard().length, 1);
    owner.reply(link, 'a');
    await clock.settle();
    assert.deepEqual(socket.heard(), []);
    assert.equal(await metric(DROPPED('unknown_reply')), 1);
  });
});

describe('the same id while in flight', () => {
  test('identical content, whatever the envelope: answered once', async () => {
    const { clock, worker, connect, metric } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    for (const id of ['a', 'a', 'b', 'b']) socket.says(heartbeat(id));
    await clock.settle();
    for (const id of ['a', 'b']) {
      owner.reply(link, id);
      await clock.settle();
    }
    assert.deepEqual(
      owner.heard().map((heard) => heard['id']),
      [undefined, 'a', 'b'],
    );
    assert.equal(socket.heard().length, 2);
    assert.equal(await metric(DROPPED('repeated_call')), 2);
  });

  test('other content: a CALLERROR, and the first is served', async () => {
    for (const [version, code] of [
      ['1.6', 'GenericError'],
      ['2.0.1', 'RpcFrameworkError'],
    ] as const) {
      const { clock, worker, connect } = rig();
      const owner = worker(5);
      const { socket, link } = connect('CP1', version);
      socket.says(heartbeat('a'));
      socket.says(heartbeat('b'));
      socket.says(call('a', 'DataTransfer', { vendorId: 'x' }));
      socket.says(call('b', 'DataTransfer', { vendorId: 'x' }));
      const answers = socket.heard() as unknown[][];
      assert.deepEqual(
        answers.map((answer) => answer.slice(0, 3)),
        [
          [4, 'a', code],
          [4, 'b', code],
        ],
      );
      owner.reply(link, 'a');
      await clock.settle();
      assert.deepEqual(socket.heard(), [[3, 'a', {}]]);
    }
  });
});

describe('malformed messages', () => {
  for (const [version, message, answer] of [
    ['1.6', '[2,"a","Heartbeat",{', [4, 'a', 'FormationViolation']],
    ['2.0.1', 'no json', [4, '-1', 'RpcFrameworkError']],
    ['1.6', '[9,"a","x",{}]', undefined],
    ['2.0.1', '[9,"a","x",{}]', [4, 'a', 'MessageTypeNotSupported']],
    ['1.6', '[2,"a","NoSuchAction",{}]', [4, 'a', 'NotImplemented']],
    ['1.6', '[2,"a","RemoteStopTransaction",{"transactionId":1}]', [4, 'a', 'NotSupported']],
    ['1.6', '[2,"a","BootNotification",[]]', [4, 'a', 'FormationViolation']],
    ['2.1', '[2,"a","BootNotification",{"reason":"PowerUp"}]', [4, 'a', 'OccurrenceConstraintViolation']],
    ['1.6', '[2,"a","Authorize",{"idTag":"123456789012345678901"}]', [4, 'a', 'PropertyConstraintViolation']],
  ] as const) {
    test(`${version} ${message} is answered here: ${JSON.stringify(answer)}`, async () => {
      const { clock, worker, connect } = rig();
      const owner = worker(5);
      const { socket } = connect('CP1', version);
      socket.says(message);
      await clock.settle();
      const [answered] = socket.heard() as unknown[][];
      assert.deepEqual(answered?.slice(0, 3), answer);
      assert.deepEqual(
        owner.heard().map(({ kind }) => kind),
        ['connected'],
      );
      assert.equal(socket.end, undefined);
    });
  }

  test('a station that sends nothing else is cut off, one that errs now and then is not', async () => {
    const { clock, worker, connect, metric } = rig({ maxFaultsInRow: 3 });
    const owner = worker(5);
    const { socket, link } = connect();
    for (const id of ['a', 'b', 'c', 'd']) {
      socket.says('nonsense');
      socket.says('nonsense');
      socket.says(heartbeat(id));
      owner.reply(link, id);
      await clock.settle();
    }
    assert.equal(socket.end, undefined);
    for (let n = 0; n < 3; n++) socket.says('nonsense');
    assert.equal(socket.endCode, 1008);
    assert.equal(await metric('stationmaster_edge_closes_total{code="1008",reason="too_many_faults"}'), 1);
  });

  test('a binary message closes with 1003', () => {
    const { connect } = rig();
    const { socket, connection } = connect();
    connection.message(Buffer.from('[2,"a","Heartbeat",{}]'), true);
    assert.equal(socket.endCode, 1003);
  });

  test('a repaired payload is passed on repaired, and the quirk counted', async () => {
    const { clock, worker, connect, metric } = rig();
    const owner = worker(5);
    const { socket } = connect();
    socket.says(call('a', 'Authorize', { idTag: 12345678, extra: 1 }));
    await clock.settle();
    assert.equal(owner.heard()[1]?.['payload'], '{"idTag":"12345678"}');
    assert.equal(await metric('stationmaster_edge_quirks_total{quirk="number_for_string"}'), 1);
  });

  test('a payload that repairing makes too long is refused', async () => {
    const { clock, worker, connect } = rig({ maxMessageBytes: 4096 });
    const owner = worker(5);
    const { socket } = connect();
    const values = Array.from({ length: 200 }, () => '{"value":1e20}').join();
    const at = '"timestamp":"2026-01-01T00:00:00Z"';
    socket.says(`[2,"a","MeterValues",{"connectorId":1,"meterValue":[{${at},"sampledValue":[${values}]}]}]`);
    await clock.settle();
    const [answered] = socket.heard() as unknown[][];
    assert.deepEqual(answered?.slice(0, 3), [4, 'a', 'FormationViolation']);
    assert.equal(owner.heard().length, 1);
  });
});

describe('nobody serves the shard', () => {
  test('the CALL is published again with back-off, after the connection, until there is a worker', async () => {
    const { clock, worker, connect, metric, errors } = rig();
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    await clock.advance(3000);
    const tries = await metric(RESENDS('call'));
    assert.ok(tries >= 3 && tries <= 6, `${tries} tries in 3 s`);
    const owner = worker(5);
    await clock.advance(2100);
    const heard = owner.heard();
    assert.deepEqual(heard.slice(0, 2), [
      { kind: 'connected', resumed: true },
      { kind: 'call', id: 'a', action: 'Heartbeat', payload: '{}' },
    ]);
    owner.reply(link, 'a');
    await clock.settle();
    assert.equal(socket.heard().length, 1);
    await clock.advance(60_000);
    assert.deepEqual(owner.heard(), []);
    assert.deepEqual(errors, []);
  });

  test('an idle connection is announced when a worker comes', async () => {
    const { clock, worker, connect } = rig();
    connect();
    await clock.advance(10_000);
    const owner = worker(5);
    owner.announce('CP1');
    await clock.settle();
    assert.deepEqual(owner.heard(), [{ kind: 'connected', resumed: true }]);
    await clock.advance(60_000);
    assert.deepEqual(owner.heard(), []);
  });

  test('a bus that takes nothing is as if nobody were there', async () => {
    const { clock, worker, connect, edgeBus } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    await clock.settle();
    owner.heard();
    edgeBus.setConnected(false);
    socket.says(heartbeat('a'));
    await clock.advance(5000);
    assert.deepEqual(owner.heard(), []);
    edgeBus.setConnected(true);
    await clock.advance(2100);
    assert.deepEqual(
      owner
        .heard()
        .slice(0, 2)
        .map(({ kind }) => kind),
      ['connected', 'call'],
    );
    owner.reply(link, 'a');
    await clock.settle();
    assert.equal(socket.heard().length, 1);
  });

  test('a bus that was away: every connection is told again, and what is held published at once', async () => {
    const { clock, worker, connect, edgeBus } = rig();
    const owner = worker(5);
    const idle = connect('CP1');
    const { socket, link } = connect('CP2');
    socket.says(heartbeat('a'));
    await clock.settle();
    owner.heard();
    edgeBus.setConnected(false);
    idle.socket.says(heartbeat('b'));
    await clock.advance(200);
    edgeBus.setConnected(true);
    await clock.settle();
    assert.deepEqual(
      owner.heard().map(({ kind, id }) => (kind === 'call' ? id : kind)),
      ['connected', 'b', 'connected', 'a'],
    );
    owner.reply(link, 'a');
    owner.reply(link, 'a');
    await clock.settle();
    assert.equal(socket.heard().length, 1, 'asked twice, answered once');
  });

  test('a disconnection that the bus may have lost is told again when it is back', async () => {
    const { clock, worker, connect, edgeBus, metric } = rig();
    const owner = worker(5);
    const early = connect('CP1');
    const late = connect('CP2');
    await clock.settle();
    early.socket.terminate();
    await clock.advance(10_000);
    owner.heard();
    edgeBus.setConnected(false);
    late.socket.terminate();
    await clock.advance(120_000);
    edgeBus.setConnected(true);
    await clock.settle();
    const ended = owner.connections.splice(0).slice(-2);
    assert.deepEqual(
      owner.heard().map(({ kind }) => kind),
      ['disconnected', 'disconnected'],
    );
    assert.deepEqual(
      ended.map(({ connectionId }) => connectionId),
      [early.link.connectionId, late.link.connectionId],
    );
    await clock.advance(40_000);
    assert.deepEqual(owner.heard(), []);
    assert.equal(await metric(DROPPED('disconnected')), 0);
    assert.equal(clock.timers, 0);
  });

  test('a disconnection is told again while nobody is there, and given up after a minute', async () => {
    const { clock, worker, connect, metric } = rig();
    connect('CP1').socket.terminate();
    await clock.advance(5500);
    const owner = worker(5);
    await clock.advance(1500);
    assert.deepEqual(owner.heard(), [{ kind: 'disconnected', code: 1006 }]);
    await clock.advance(60_000);
    assert.deepEqual(owner.heard(), []);
    owner.stop();
    connect('CP2').socket.terminate();
    await clock.advance(70_000);
    assert.equal(await metric(DROPPED('disconnected')), 1);
    assert.equal(clock.timers, 0);
  });
});

describe('a worker that is lost', () => {
  test('no answer: the CALL is published again with back-off, and answered once', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    await clock.advance(1900);
    assert.equal(owner.heard().length, 2);
    await clock.advance(300);
    assert.deepEqual(owner.heard(), [{ kind: 'call', id: 'a', action: 'Heartbeat', payload: '{}' }]);
    await clock.advance(4000);
    assert.equal(owner.heard().length, 1);
    owner.reply(link, 'a');
    owner.reply(link, 'a');
    await clock.settle();
    assert.deepEqual(socket.heard(), [[3, 'a', {}]]);
  });

  test('a new owner is told the connection, then the CALL in flight, then the answer not acknowledged', async () => {
    const { clock, worker, connect } = rig();
    const first = worker(5);
    const { socket, link } = connect();
    first.order(link, 'o1');
    await clock.settle();
    assert.deepEqual(socket.heard(), [[2, 'o1', 'ClearCache', {}]]);
    socket.says(heartbeat('a'));
    socket.says([3, 'o1', { status: 'Accepted' }]);
    await clock.settle();
    first.stop();
    const second = worker(6);
    second.announce('CP1');
    await clock.settle();
    assert.deepEqual(second.heard(), [
      { kind: 'connected', resumed: true },
      { kind: 'call', id: 'a', action: 'Heartbeat', payload: '{}' },
      { kind: 'result', id: 'o1', payload: '{"status":"Accepted"}' },
    ]);
    second.tell(link, { kind: 'received', epoch: 6, id: 'o1' });
    second.reply(link, 'a');
    await clock.settle();
    second.announce('CP1');
    await clock.settle();
    assert.deepEqual(second.heard(), [{ kind: 'connected', resumed: true }]);
  });

  test('a new owner hears at once of connections with something under way, of the others a step at a time', async () => {
    const { clock, worker, connect } = rig({ shards: 1 });
    worker(5);
    const all = Array.from({ length: 1200 }, (_, n) => connect(`CP${n}`));
    await clock.settle();
    const busy = all.slice(-2);
    for (const { socket } of busy) socket.says(heartbeat('a'));
    await clock.settle();
    const second = worker(6);
    second.announce('CP1', 1);
    await clock.settle();
    assert.deepEqual(
      second
        .heard()
        .slice(0, 4)
        .map(({ kind }) => kind),
      ['connected', 'call', 'connected', 'call'],
    );
    assert.equal(second.connections.length, 2 + 2 + 500);
    all[1100]?.socket.terminate();
    second.announce('CP1', 1);
    await clock.advance(20);
    assert.ok(second.connections.length < 1100);
    await clock.advance(100);
    const told = new Set(second.connections.map(({ connectionId }) => connectionId));
    assert.equal(told.size, 1200, 'all of them, and the one that ended, of its end');
    const ended = second.heard().filter(({ kind }) => kind === 'disconnected');
    assert.ok(ended.length >= 1);
  });

  test('a disconnection that the dead owner was told is told to the new one', async () => {
    const { clock, worker, connect } = rig();
    const first = worker(5);
    connect().socket.terminate();
    await clock.advance(6000);
    first.stop();
    const second = worker(6);
    second.announce('CP1');
    await clock.settle();
    assert.deepEqual(second.heard(), [{ kind: 'disconnected', code: 1006 }]);
  });

  test('what a worker of an older epoch says is dropped', async () => {
    const { clock, worker, connect, metric } = rig();
    const old = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    worker(6).announce('CP1');
    await clock.settle();
    old.reply(link, 'a');
    old.order(link, 'o1');
    old.tell(link, { kind: 'close', epoch: 5, code: 1000, reason: '' });
    await clock.settle();
    assert.deepEqual(socket.heard(), []);
    assert.equal(socket.end, undefined);
    assert.equal(await metric(DROPPED('stale_epoch')), 3);
    old.reply(link, 'a', {}, 7);
    await clock.settle();
    assert.equal(socket.heard().length, 1);
    old.announce('CP1');
    await clock.settle();
    assert.equal(
      old.heard().filter(({ kind }) => kind === 'connected').length,
      2,
      'a stale announcement asks nothing',
    );
  });

  test('an announcement that is not one is ignored', async () => {
    const { clock, connect, broker, errors } = rig();
    connect();
    const bus = broker.connect();
    for (const subject of ['csms.shard.x', 'csms.shard.256', 'csms.shard.-1'])
      bus.publish(subject, Buffer.from('1'));
    bus.publish('csms.shard.1', Buffer.from('not a number'));
    await clock.settle();
    assert.deepEqual(errors, []);
  });
});

describe('orders', () => {
  test('an answer that cannot be read ends the order as a failure, once', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    owner.order(link, 'o1');
    await clock.settle();
    owner.heard();
    socket.says([3, 'o1']);
    socket.says([3, 'o1', {}]);
    await clock.settle();
    const heard = owner.heard();
    assert.deepEqual(
      heard.map(({ kind, id, details }) => ({ kind, id, details })),
      [{ kind: 'failure', id: 'o1', details: '{}' }],
    );
    assert.match(String(heard[0]?.description), /2 elements instead of 3/);
  });

  test('an order is sent once; its answer is repeated on demand until it is acknowledged', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    owner.order(link, 'o1');
    owner.order(link, 'o1');
    await clock.settle();
    assert.equal(socket.heard().length, 1);
    socket.says([4, 'o1', 'NotSupported', 'no', { a: 1 }]);
    await clock.settle();
    const failure = {
      kind: 'failure',
      id: 'o1',
      code: 'NotSupported',
      description: 'no',
      details: '{"a":1}',
    };
    assert.deepEqual(owner.heard().slice(1), [failure]);
    owner.order(link, 'o1');
    await clock.settle();
    assert.deepEqual(socket.heard(), []);
    assert.deepEqual(owner.heard(), [failure]);
    await clock.advance(2200);
    assert.deepEqual(owner.heard(), [failure], 'not acknowledged: again');
    owner.tell(link, { kind: 'received', epoch: 5, id: 'o1' });
    await clock.advance(60_000);
    assert.deepEqual(owner.heard(), []);
  });

  test('an order that the worker wants sent again is, when the first was not answered', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    owner.order(link, 'o1');
    owner.tell(link, { kind: 'received', epoch: 5, id: 'o1' });
    owner.order(link, 'o1');
    await clock.settle();
    assert.equal(socket.heard().length, 2);
    socket.says([3, 'o1', { status: 'Accepted' }]);
    socket.says([3, 'o1', { status: 'Rejected' }]);
    await clock.settle();
    const result = { kind: 'result', id: 'o1', payload: '{"status":"Accepted"}' };
    assert.deepEqual(owner.heard().slice(1), [result], 'one answer counts');
  });

  test('results that answer no outstanding order are counted and dropped', async () => {
    const { clock, worker, connect, metric } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says([3, 'nothing', {}]);
    owner.order(link, 'o1');
    await clock.settle();
    socket.says([3, 'other', {}]);
    socket.says([3, 'o1', {}]);
    socket.says([3, 'o1', { second: true }]);
    await clock.settle();
    assert.deepEqual(
      owner.heard().filter(({ kind }) => kind === 'result'),
      [{ kind: 'result', id: 'o1', payload: '{}' }],
    );
    assert.equal(await metric(DROPPED('unknown_result')), 3);
    assert.deepEqual(socket.heard().length, 1);
  });

  test('a newer order takes the place of one that was not answered; CALLs may cross', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    owner.order(link, 'o1');
    owner.order(link, 'o2');
    await clock.settle();
    assert.equal(socket.heard().length, 2);
    socket.says([3, 'o1', {}]);
    socket.says([3, 'o2', {}]);
    await clock.settle();
    assert.deepEqual(
      owner
        .heard()
        .filter(({ kind }) => kind === 'result')
        .map((heard) => heard['id']),
      ['o2'],
    );
  });

  test('the worker closes a connection, and is told that it is over', async () => {
    const { clock, worker, connect, metric, registry } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    owner.tell(link, { kind: 'close', epoch: 5, code: 1008, reason: 'superseded' });
    await clock.settle();
    assert.deepEqual(socket.end, { code: 1008, reason: 'superseded' });
    assert.deepEqual(owner.heard().at(-1), { kind: 'disconnected', code: 1008 });
    assert.equal(registry.size, 0);
    owner.order(link, 'late');
    await clock.settle();
    assert.equal(await metric(DROPPED('no_connection')), 1);
  });
});

describe('draining', () => {
  const BY = 5000;

  test('a connection without anything under way ends at once', () => {
    const { connect } = rig();
    const { socket, connection } = connect();
    connection.drain(BY);
    assert.equal(socket.endCode, 1001);
  });

  test('the answer to a command under way is read and arrives at the worker before the end', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket, link, connection } = connect();
    owner.order(link, 'o1');
    await clock.settle();
    connection.drain(clock.monotonic() + BY);
    assert.deepEqual(socket.pauses, []);
    socket.says([3, 'o1', { status: 'Accepted' }]);
    await clock.advance(200);
    assert.equal(socket.end, undefined);
    assert.deepEqual(owner.heard().at(-1), { kind: 'result', id: 'o1', payload: '{"status":"Accepted"}' });
    owner.tell(link, { kind: 'received', epoch: 5, id: 'o1' });
    await clock.advance(200);
    assert.equal(socket.endCode, 1001);
  });

  test('meanwhile a CALL of the station is neither published nor answered', async () => {
    const { clock, worker, connect, metric } = rig();
    const owner = worker(5);
    const { socket, link, connection } = connect();
    owner.order(link, 'o1');
    await clock.settle();
    owner.heard();
    socket.heard();
    connection.drain(clock.monotonic() + BY);
    socket.says(heartbeat('a'));
    await clock.settle();
    assert.deepEqual(owner.heard(), []);
    assert.deepEqual(socket.heard(), []);
    assert.equal(await metric(DROPPED('draining')), 1);
  });

  test('CALLs that came before are answered; only they left, the station is not read any more', async () => {
    const { clock, worker, connect, totals } = rig({ pauseAtQueuedCalls: 1 });
    const owner = worker(5);
    const { socket, link, connection } = connect();
    owner.order(link, 'o1');
    socket.says(heartbeat('a'));
    socket.says(heartbeat('b'));
    await clock.settle();
    assert.deepEqual(socket.pauses, ['pause']);
    connection.drain(clock.monotonic() + BY);
    assert.deepEqual(socket.pauses, ['pause', 'resume']);
    socket.says([3, 'o1', {}]);
    owner.tell(link, { kind: 'received', epoch: 5, id: 'o1' });
    await clock.advance(200);
    assert.deepEqual(socket.pauses, ['pause', 'resume', 'pause']);
    for (const id of ['a', 'b']) {
      assert.equal(socket.end, undefined);
      owner.reply(link, id);
      await clock.advance(200);
    }
    assert.equal(socket.heard().length, 3);
    assert.equal(socket.endCode, 1001);
    assert.equal(totals.pausedConnections, 0);
  });

  test('a command that the station does not answer holds it up no longer than may be', async () => {
    const { clock, worker, connect } = rig();
    const owner = worker(5);
    const { socket, link, connection } = connect();
    owner.order(link, 'o1');
    await clock.settle();
    connection.drain(clock.monotonic() + BY);
    await clock.advance(BY - 100);
    assert.equal(socket.end, undefined);
    await clock.advance(200);
    assert.equal(socket.endCode, 1001);
  });
});

describe('two connections of one station', () => {
  test('are kept apart: each gets its own replies and its own end', async () => {
    const { clock, worker, connect, registry } = rig();
    const owner = worker(5);
    const older = connect('CP1');
    const newer = connect('CP1');
    older.socket.says(heartbeat('a'));
    newer.socket.says(heartbeat('a'));
    await clock.settle();
    owner.reply(newer.link, 'a', { to: 'newer' });
    await clock.settle();
    assert.deepEqual(older.socket.heard(), []);
    assert.deepEqual(newer.socket.heard(), [[3, 'a', { to: 'newer' }]]);
    owner.tell(older.link, { kind: 'close', epoch: 5, code: 1008, reason: 'superseded' });
    await clock.settle();
    assert.notEqual(older.socket.end, undefined);
    assert.equal(newer.socket.end, undefined);
    assert.equal(registry.size, 1);
    assert.equal(registry.ofVersion('1.6'), 1);
  });
});

describe('hostile input', () => {
  test('no bytes whatever break the edge; the next connection is served', async () => {
    const seed = 20260101;
    const { clock, worker, connect, totals, errors, registry } = rig({
      maxFaultsInRow: 1_000_000,
      maxQueuedBytes: 20_000,
    });
    const owner = worker(5);
    const stations = (['1.6', '2.0.1', '2.1'] as const).map((version) => connect(version, version));
    const id = fc.constantFrom('a', 'b', '', 'x'.repeat(40), '__proto__', '\u0000');
    const action = fc.constantFrom(
      'Heartbeat',
      'Authorize',
      'BootNotification',
      '__proto__',
      'constructor',
      'Reset',
    );
    const payload = fc.oneof(fc.jsonValue(), fc.constantFrom({}, { idTag: 'x' }));
    const message = fc.tuple(fc.integer({ min: 0, max: 8 }), id, action, payload, fc.jsonValue());
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ maxLength: 200 }).map((text) => Buffer.from(text)),
      fc
        .tuple(message, fc.nat(), fc.integer({ min: 2, max: 5 }))
        .map(([elements, cut, length]) =>
          Buffer.from(JSON.stringify(elements.slice(0, length))).subarray(0, -(cut % 4) || undefined),
        ),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        for (const { connection } of stations) connection.message(Uint8Array.from(input), false);
      }),
      { numRuns: 3000, seed },
    );
    await clock.settle();
    for (const { socket } of stations) socket.terminate();
    assert.deepEqual(totals, { callsInFlight: 0, queuedCalls: 0, queuedBytes: 0, pausedConnections: 0 });
    assert.equal(registry.size, 0);
    const { socket, link } = connect('after');
    socket.says(heartbeat('a'));
    owner.reply(link, 'a');
    await clock.settle();
    assert.equal(socket.heard().length, 1);
    assert.deepEqual(errors, []);
  });
});
