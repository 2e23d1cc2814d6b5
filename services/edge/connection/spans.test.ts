import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RecordingTracer } from '../../../libs/tracing/testing/recording-tracer.js';
import { heartbeat, rig } from './rig.fixture.js';

function traced(input: Parameters<typeof rig>[0] = {}) {
  const tracer = new RecordingTracer();
  return { tracer, ...rig(input, tracer) };
}

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the span of a CALL', () => {
  test('lasts until the answer, and its traceparent goes with the CALL', async () => {
    const { tracer, clock, worker, connect } = traced();
    const owner = worker(5);
    const { socket, link } = connect('CP 1');
    socket.says(heartbeat('a'));
    await clock.settle();
    const [span] = tracer.spans;
    assert.deepEqual(tracer.lines, ['[CALL Heartbeat]']);
    assert.equal(owner.heard().at(-1)?.['traceparent'], span?.traceparent);
    owner.reply(link, 'a');
    await clock.settle();
    assert.deepEqual(tracer.lines, ['CALL Heartbeat']);
    assert.deepEqual(span?.attributes, {
      'ocpp.action': 'Heartbeat',
      'station.id': 'CP 1',
      'ocpp.version': '1.6',
      'ocpp.message_id': 'a',
      'stationmaster.connection_id': link.connectionId,
      'ocpp.outcome': 'result',
    });
    assert.deepEqual(socket.heard(), [[3, 'a', {}]]);
  });

  test('fails with the code of a CALLERROR', async () => {
    const { tracer, clock, worker, connect } = traced();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    await clock.settle();
    const frame = JSON.stringify([4, 'a', 'SecurityError', '', {}]);
    owner.tell(link, { kind: 'reply', epoch: 5, id: 'a', frame });
    await clock.settle();
    assert.deepEqual(tracer.lines, ['CALL Heartbeat: SecurityError']);
  });

  test('begins when the CALL comes, although it waits for the one before', async () => {
    const { tracer, clock, worker, connect } = traced();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says(heartbeat('a'));
    socket.says(heartbeat('b'));
    await clock.settle();
    assert.deepEqual(tracer.lines, ['[CALL Heartbeat]', '[CALL Heartbeat]']);
    for (const id of ['a', 'b']) {
      owner.reply(link, id);
      await clock.settle();
    }
    assert.deepEqual(tracer.lines, ['CALL Heartbeat', 'CALL Heartbeat']);
    assert.deepEqual(
      owner.heard().map(({ traceparent }) => traceparent),
      [undefined, tracer.spans[0]?.traceparent, tracer.spans[1]?.traceparent],
    );
  });

  test('notes each time that the CALL is published again, as it was', async () => {
    const { tracer, clock, config, worker, connect } = traced();
    const owner = worker(5);
    const { socket } = connect();
    socket.says(heartbeat('a'));
    await clock.settle();
    const [, first] = owner.heard();
    await clock.advance(config.resendAfterMs + 200);
    assert.deepEqual(owner.heard(), [first]);
    assert.deepEqual(tracer.spans[0]?.notes, ['published again']);
  });

  test('a station that repeats a traced CALL is understood as ever', async () => {
    const { clock, worker, connect, metric } = traced();
    const owner = worker(5);
    const { socket, link } = connect();
    socket.says([2, 'a', 'Authorize', { idTag: 'X' }]);
    socket.says([2, 'a', 'Authorize', { idTag: 'X' }]);
    socket.says([2, 'a', 'Authorize', { idTag: 'Y' }]);
    await clock.settle();
    assert.equal(await metric('stationmaster_edge_dropped_total{reason="repeated_call"}'), 1);
    assert.equal((socket.heard()[0] as unknown[])[0], 4);
    owner.reply(link, 'a');
    await clock.settle();
    assert.deepEqual(socket.heard(), [[3, 'a', {}]]);
  });

  test('says that no worker answered, or that the station left', async () => {
    const { tracer, clock, config, worker, connect } = traced({ callDeadlineMs: 30_000 });
    worker(5);
    const { socket, connection } = connect();
    socket.says(heartbeat('a'));
    await clock.advance(config.callDeadlineMs + 1_000);
    assert.deepEqual(tracer.lines, ['CALL Heartbeat: deadline']);
    socket.says(heartbeat('b'));
    connection.closed(1006, '');
    assert.equal(tracer.lines[1], 'CALL Heartbeat: disconnected');
  });

  test('where it is not sampled nothing is there, and the envelope is as without tracing', async () => {
    const { tracer, clock, worker, connect } = traced();
    tracer.sampling = false;
    const owner = worker(5);
    const { socket } = connect();
    socket.says(heartbeat('a'));
    await clock.settle();
    assert.deepEqual(owner.heard().at(-1), { kind: 'call', id: 'a', action: 'Heartbeat', payload: '{}' });
    assert.deepEqual(tracer.spans, []);
  });
});

describe('the span of a CALL to the station', () => {
  const ORDER = { kind: 'order', epoch: 5, id: 'k', frame: '[2,"k","Reset",{"type":"Soft"}]' } as const;

  test('lasts until the station has answered, and the answer goes on with it', async () => {
    const { tracer, clock, worker, connect } = traced();
    const owner = worker(5);
    const { socket, link } = connect('CP 1');
    owner.tell(link, { ...ORDER, traceparent: TRACEPARENT });
    await clock.settle();
    assert.deepEqual(tracer.lines, ['[CALL Reset to the station]']);
    assert.equal(tracer.spans[0]?.parent, TRACEPARENT);
    socket.says([3, 'k', { status: 'Accepted' }]);
    await clock.settle();
    assert.deepEqual(tracer.lines, ['CALL Reset to the station']);
    assert.equal(owner.heard().at(-1)?.['traceparent'], tracer.spans[0]?.traceparent);
  });

  test('fails with the code of a CALLERROR, and when no answer comes', async () => {
    const { tracer, clock, worker, connect } = traced();
    const owner = worker(5);
    const { socket, link, connection } = connect();
    owner.tell(link, { ...ORDER, traceparent: TRACEPARENT });
    await clock.settle();
    socket.says([4, 'k', 'NotSupported', '', {}]);
    owner.tell(link, { ...ORDER, id: 'l', traceparent: TRACEPARENT });
    await clock.settle();
    owner.tell(link, { kind: 'received', epoch: 5, id: 'l' });
    owner.tell(link, { ...ORDER, id: 'm', traceparent: TRACEPARENT });
    await clock.settle();
    connection.closed(1006, '');
    assert.deepEqual(tracer.lines, [
      'CALL Reset to the station: NotSupported',
      'CALL Reset to the station: not answered',
      'CALL Reset to the station: not answered',
    ]);
  });

  test('is not there for a command that is not traced, nor where the edge does not trace', async () => {
    const { tracer, clock, worker, connect } = traced();
    const owner = worker(5);
    const { socket, link } = connect();
    owner.tell(link, ORDER);
    await clock.settle();
    socket.says([3, 'k', {}]);
    assert.deepEqual(tracer.spans, []);
    const plain = rig();
    const other = plain.worker(5);
    const station = plain.connect();
    other.tell(station.link, { ...ORDER, traceparent: TRACEPARENT });
    await plain.clock.settle();
    station.socket.says([3, 'k', {}]);
    await plain.clock.settle();
    assert.equal(other.heard().at(-1)?.['traceparent'], undefined);
  });
});
