import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { heartbeat, rig } from './rig.fixture.js';

const DROPPED = 'stationmaster_edge_dropped_total{reason="too_large"}';

describe('a bus that carries less than before', () => {
  const large = (id: string) => [2, id, 'DataTransfer', { vendorId: 'v', data: 'x'.repeat(20_000) }];

  test('a CALL that it does not carry is answered, and the next one goes', async () => {
    const { clock, worker, connect, edgeBus, metric, errors, totals } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    Object.assign(edgeBus, { maxPayload: 10_000 });
    socket.says(large('a'));
    socket.says(heartbeat('b'));
    await clock.advance(300);
    const [answered] = socket.heard() as unknown[][];
    assert.deepEqual(answered?.slice(0, 3), [4, 'a', 'InternalError']);
    assert.match(String(answered?.[3]), /size/);
    assert.deepEqual(
      owner.heard().map(({ id }) => id),
      [undefined, 'b'],
    );
    owner.reply(link, 'b');
    await clock.settle();
    assert.equal(socket.heard().length, 1);
    assert.equal(socket.end, undefined);
    assert.equal(totals.callsInFlight, 0);
    assert.equal(await metric(DROPPED), 1);
    assert.deepEqual(errors, []);
  });

  test('a CALL and an answer that were held when it came back', async () => {
    const { clock, worker, connect, edgeBus, metric, errors } = rig();
    const owner = worker(5);
    const { socket, link } = connect();
    owner.order(link, 'o1', 'GetConfiguration');
    await clock.settle();
    socket.heard();
    edgeBus.setConnected(false);
    socket.says(large('a'));
    socket.says([3, 'o1', { unknownKey: ['x'.repeat(20_000)] }]);
    Object.assign(edgeBus, { maxPayload: 10_000 });
    edgeBus.setConnected(true);
    await clock.advance(300);
    assert.deepEqual((socket.heard()[0] as unknown[]).slice(0, 3), [4, 'a', 'InternalError']);
    const dropped = await metric(DROPPED);
    assert.ok(dropped >= 2);
    await clock.advance(60_000);
    assert.equal(await metric(DROPPED), dropped);
    assert.deepEqual(errors, []);
  });
});
