import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ServerError, Status } from 'nice-grpc-common';
import type { EventServiceImplementation, StreamEventsRequest, StreamEventsResponse } from '../grpc.js';
import { deferred, FakeGateway, gone } from './gateway.fixture.js';

const said = (cursor: number, type = 'station.connected'): StreamEventsResponse => {
  const json = JSON.stringify({ specversion: '1.0', id: `a-${cursor}`, type, data: {} });
  return { cursor: String(cursor), event: { stationId: 'CS-1', type, json } };
};
const moved = (cursor: number): StreamEventsResponse => ({ cursor: String(cursor), event: undefined });

/** What the n-th stream says before it ends as the gateway does; undefined: it waits for the caller to go. */
type Part = { readonly says: readonly StreamEventsResponse[]; readonly fails?: Status };

function scripted(parts: readonly Part[]) {
  const requests: StreamEventsRequest[] = [];
  const events: EventServiceImplementation = {
    async *streamEvents(request, context) {
      const { says, fails } = parts[requests.length] ?? { says: [] };
      requests.push(request);
      yield* says;
      if (fails !== undefined) throw new ServerError(fails, 'scripted');
      if (!request.stopAtEnd) await gone(context);
    },
  };
  return { requests, events };
}

async function start(t: TestContext, parts: readonly Part[]) {
  const { requests, events } = scripted(parts);
  const gateway = await FakeGateway.start(t, { events });
  return { requests, client: gateway.client(t), gateway };
}

test('events come parsed, with their cursors, and end at the end when that is wanted', async (t) => {
  const { client, requests } = await start(t, [{ says: [moved(3), said(4), said(6), moved(9)] }]);
  const cursors: string[] = [];
  const heard: string[] = [];
  const options = {
    fromOldest: true,
    stopAtEnd: true,
    stationIds: ['CS-1'],
    onCursor: (cursor: string) => cursors.push(cursor),
  };
  for await (const { cursor, event } of client.events(options)) heard.push(`${cursor} ${event.id}`);
  assert.deepEqual(heard, ['4 a-4', '6 a-6']);
  assert.deepEqual(cursors, ['3', '4', '6', '9']);
  assert.deepEqual(requests[0]?.start, { $case: 'fromOldest', value: true });
  assert.deepEqual(requests[0]?.stationIds, ['CS-1']);
});

test('types narrow what an event may be', async (t) => {
  const { client, requests } = await start(t, [{ says: [said(1, 'transaction.ended')] }]);
  for await (const { event } of client.events({ types: ['transaction.ended', 'meter.*'], stopAtEnd: true })) {
    const type: 'transaction.ended' | 'meter.values' = event.type;
    assert.equal(type, 'transaction.ended');
  }
  assert.deepEqual(requests[0]?.types, ['transaction.ended', 'meter.*']);
});

test('after a break it goes on after the last event or cursor, and tells of each break once', async (t) => {
  const { client, requests } = await start(t, [
    { says: [said(1), said(2)], fails: Status.UNAVAILABLE },
    { says: [], fails: Status.UNAVAILABLE },
    { says: [said(3), moved(7)], fails: Status.INTERNAL },
    { says: [said(8)] },
  ]);
  const heard: string[] = [];
  const breaks: string[] = [];
  for await (const { cursor } of client.events({
    after: '0',
    onBreak: (error) => breaks.push(error.message),
  })) {
    heard.push(cursor);
    if (cursor === '8') break;
  }
  assert.deepEqual(heard, ['1', '2', '3', '8']);
  assert.deepEqual(
    requests.map(({ start }) => start?.value),
    ['0', '2', '2', '7'],
  );
  assert.equal(breaks.length, 2);
});

test('a stream that ends by itself is begun again', async (t) => {
  const requests: StreamEventsRequest[] = [];
  const events: EventServiceImplementation = {
    async *streamEvents(request) {
      requests.push(request);
      yield said(requests.length);
    },
  };
  const gateway = await FakeGateway.start(t, { events });
  for await (const { cursor } of gateway.client(t).events()) if (cursor === '2') break;
  assert.equal(requests[0]?.start, undefined);
  assert.deepEqual(requests[1]?.start, { $case: 'after', value: '1' });
});

test('an event whose handling failed comes again to the next reader', async (t) => {
  const { client, requests } = await start(t, [{ says: [said(1), said(2), said(3)] }, { says: [said(2)] }]);
  let handled = '';
  const read = async () => {
    for await (const { cursor } of client.events({ after: handled })) {
      if (cursor === '2') throw new Error('not handled');
      handled = cursor;
    }
  };
  await assert.rejects(read(), /not handled/);
  assert.equal(handled, '1');
  await assert.rejects(read(), /not handled/);
  assert.equal(requests[1]?.start?.value, '1');
});

test('events that have been forgotten are an error, not a gap', async (t) => {
  const { client, requests } = await start(t, [{ says: [], fails: Status.OUT_OF_RANGE }]);
  await assert.rejects(client.events({ after: '1' }).next(), { code: Status.OUT_OF_RANGE });
  assert.equal(requests.length, 1);
});

test('a gateway that is restarted costs no event', async (t) => {
  const events: EventServiceImplementation = {
    async *streamEvents({ start }, context) {
      const after = Number(start?.value ?? 0);
      yield said(after + 1);
      await gone(context);
    },
  };
  const gateway = await FakeGateway.start(t, { events });
  const heard: string[] = [];
  for await (const { cursor } of gateway.client(t).events({ after: '0' })) {
    heard.push(cursor);
    if (heard.length === 3) break;
    gateway.stop();
    await gateway.start();
  }
  assert.deepEqual(heard, ['1', '2', '3']);
});

test('leaving the loop, the signal and close each end the stream at the gateway', async (t) => {
  for (const leave of ['break', 'signal', 'close'] as const) {
    const ended = deferred();
    const events: EventServiceImplementation = {
      async *streamEvents(_request, context) {
        yield said(1);
        await gone(context);
        ended.resolve();
      },
    };
    const gateway = await FakeGateway.start(t, { events });
    const client = gateway.client(t);
    const abort = new AbortController();
    for await (const _ of client.events({ signal: abort.signal })) {
      if (leave === 'break') break;
      if (leave === 'signal') abort.abort();
      else client.close();
    }
    await ended.promise;
  }
});
