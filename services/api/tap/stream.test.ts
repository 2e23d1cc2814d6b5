import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { grpc } from '../../../libs/api/mod.js';
import { BusError, MemoryBroker } from '../../../libs/bus/mod.js';
import { ManualClock } from '../../../libs/clock/mod.js';
import {
  decodeTapRequest,
  encodeTapped,
  subjects,
  type TapRequest,
  type TapTold,
} from '../../../libs/link/mod.js';
import { silentLogger } from '../../../libs/ops/mod.js';
import { tapStream } from './stream.js';

const NOBODY: TapTold = { kind: 'alive', connections: [] };

function rig(t: TestContext) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock, onError: (error) => assert.fail(String(error)) });
  const bus = broker.connect();
  const edge = broker.connect();
  const requests: TapRequest[] = [];
  const told = new Map<string, number>();
  const tell = (what: TapTold, edgeId = 'edge-a') => {
    const request = requests.at(-1);
    assert.ok(request);
    const number = (told.get(edgeId) ?? 0) + 1;
    told.set(edgeId, number);
    const tapped = encodeTapped({ edgeId, number, at: clock.now(), told: what });
    edge.publish(subjects.tapped(request.process, request.id), tapped);
  };
  edge.subscribe(subjects.taps, ({ data }) => {
    const request = decodeTapRequest(data);
    assert.ok(request);
    requests.push(request);
    if (request.leaseMs > 0) tell(NOBODY);
  });
  const ending = new AbortController();
  t.after(() => ending.abort());
  const directory = { get: (stationId: string) => Promise.resolve({ stationId, credentials: [] }) };
  const parts = { bus, clock, logger: silentLogger(), directory, apiId: 'api-1' };
  const stream = tapStream('CS 1', parts, ending.signal)[Symbol.asyncIterator]();
  /** The next message, however long it takes by the clock. */
  const next = async (): Promise<grpc.TapStationResponse['what']> => {
    const step = stream.next();
    let value: IteratorResult<grpc.TapStationResponse> | undefined;
    void step.then((one) => (value = one));
    for (let at = 0; at < 100 && value === undefined; at++) await clock.advance(100);
    assert.ok(value !== undefined && value.done !== true, 'nothing came');
    return value.value.what;
  };
  return { clock, bus, requests, stream, ending, tell, next };
}

test('it begins with who listens, tells what comes, asks again, and has the edges forget it at its end', async (t) => {
  const { clock, requests, stream, tell, next, ending } = rig(t);
  assert.deepEqual(await next(), {
    $case: 'listening',
    value: { edges: 1, connections: 0, inDirectory: true },
  });
  assert.ok(requests.length >= 1 && requests.every(({ process }) => process === 'api-1'));
  tell({
    kind: 'frame',
    from: 'station',
    length: 20,
    messageType: 2,
    id: 'a',
    action: 'Heartbeat',
    payload: { text: '{}', cut: false },
  });
  const frame = await next();
  assert.ok(frame?.$case === 'frame');
  assert.deepEqual(
    [frame.value.action, frame.value.payload, frame.value.answeredAfterMs],
    ['Heartbeat', '{}', undefined],
  );

  const before = requests.length;
  const pending = stream.next();
  await clock.advance(10_000);
  assert.equal(requests.length, before + 5);
  ending.abort();
  assert.equal((await pending).done, true);
  await clock.settle();
  assert.equal(requests.at(-1)?.leaseMs, 0);
  assert.equal(clock.timers, 0);
});

test('without the bus it does not begin', async (t) => {
  const { bus, stream, clock } = rig(t);
  bus.setConnected(false);
  await assert.rejects(stream.next(), (error) => error instanceof BusError && error.code === 'unavailable');
  assert.equal(clock.timers, 0);
});

test('when the bus was away it says that something may be missing, and asks again', async (t) => {
  const { bus, requests, clock, next } = rig(t);
  await next();
  bus.setConnected(false);
  await clock.advance(20_000);
  const before = requests.length;
  bus.setConnected(true);
  const what = await next();
  assert.ok(what?.$case === 'leftOut');
  assert.equal(what.value.cause, 'LEFT_OUT_CAUSE_LOST');
  assert.ok(requests.length > before);
});

test('an edge that is silent is told of', async (t) => {
  const { clock, tell, next } = rig(t);
  await next();
  const connection = {
    connectionId: 'c9',
    version: '2.1',
    securityProfile: 3,
    remoteAddress: '',
    connectedAt: clock.now(),
  } as const;
  tell({ kind: 'alive', connections: [connection] }, 'edge-b');
  assert.equal((await next())?.$case, 'connected');
  const what = await next();
  assert.ok(what?.$case === 'leftOut');
  assert.equal(what.value.cause, 'LEFT_OUT_CAUSE_EDGE_SILENT');
});
