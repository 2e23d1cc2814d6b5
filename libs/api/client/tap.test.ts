import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerError, Status } from 'nice-grpc-common';
import type { TapServiceImplementation } from '../grpc.js';
import { FakeGateway, gone } from './gateway.fixture.js';

const LISTENING = { what: { $case: 'listening', value: { edges: 1 } } } as const;

/** Each stream says that it listens; then it fails as told, or waits for the caller to go. */
function scripted(fails: readonly (Status | undefined)[]) {
  let streams = 0;
  const taps: TapServiceImplementation = {
    async *tapStation(_request, context) {
      const fail = fails[streams++];
      if (fail === Status.PERMISSION_DENIED) throw new ServerError(fail, 'no role');
      yield LISTENING;
      yield {};
      if (fail !== undefined) throw new ServerError(fail, 'scripted');
      await gone(context);
    },
  };
  return { taps, streams: () => streams };
}

test('it begins anew after each break, which is told, and ends when it is aborted', async (t) => {
  const { taps, streams } = scripted([Status.UNAVAILABLE, Status.INTERNAL]);
  const client = (await FakeGateway.start(t, { taps })).client(t);
  const breaks: string[] = [];
  const ended = new AbortController();
  let heard = 0;
  for await (const { what } of client.tap('CS-1', {
    signal: ended.signal,
    onBreak: (error) => breaks.push(error.message),
  })) {
    assert.equal(what?.$case, 'listening');
    if (++heard === 3) ended.abort();
  }
  assert.equal(streams(), 3);
  assert.equal(breaks.length, 2);
});

test('what will not pass is thrown', async (t) => {
  const { taps } = scripted([Status.PERMISSION_DENIED]);
  const client = (await FakeGateway.start(t, { taps })).client(t);
  await assert.rejects(client.tap('CS-1').next(), { code: Status.PERMISSION_DENIED });
});
