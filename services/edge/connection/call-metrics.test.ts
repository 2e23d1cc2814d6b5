import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { heartbeat, rig } from './rig.fixture.js';

const CALLS = (outcome: string, action = 'Heartbeat', version = '1.6') =>
  `stationmaster_edge_calls_total{version="${version}",action="${action}",outcome="${outcome}"}`;
const SECONDS = (part: string) => `stationmaster_edge_call_seconds_${part}{version="1.6",action="Heartbeat"}`;

describe('a CALL of a station is counted by what became of it, and timed when it was answered', () => {
  test('a CALLRESULT, a CALLERROR, a deadline', async () => {
    const { clock, worker, connect, metric } = rig({ callDeadlineMs: 30_000 });
    const owner = worker(5);
    const { socket, link } = connect();
    for (const id of ['a', 'b', 'c']) socket.says(heartbeat(id));
    await clock.advance(250);
    owner.reply(link, 'a');
    await clock.advance(500);
    const frame = JSON.stringify([4, 'b', 'InternalError', '', {}]);
    owner.tell(link, { kind: 'reply', epoch: 5, id: 'b', frame });
    await clock.advance(31_000);
    assert.deepEqual(
      await Promise.all(['result', 'error', 'deadline'].map((outcome) => metric(CALLS(outcome)))),
      [1, 1, 1],
    );
    assert.equal(await metric(SECONDS('sum')), 0.75);
    assert.equal(await metric(SECONDS('count')), 2);
  });

  test('one whose connection ends before its answer', async () => {
    const { clock, worker, connect, metric } = rig();
    worker(5);
    const { socket, connection } = connect('CP1', '2.0.1');
    socket.says(heartbeat('a'));
    connection.closed(1006, '');
    await clock.settle();
    assert.equal(await metric(CALLS('disconnected', 'Heartbeat', '2.0.1')), 1);
    assert.equal(await metric(CALLS('result', 'Heartbeat', '2.0.1')), 0);
  });

  test('an action that nobody knows makes no label', async () => {
    const { clock, worker, connect, metric } = rig();
    worker(5);
    const { socket } = connect();
    socket.says([2, 'a', 'MadeUp', {}]);
    await clock.settle();
    assert.equal(await metric('stationmaster_edge_faults_total{kind="unknown_action"}'), 1);
    for (const outcome of ['result', 'error', 'disconnected'])
      assert.equal(await metric(CALLS(outcome, 'MadeUp')), 0);
  });
});
