import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';
import { tellDeadline, type DeadlineOptions } from './deadline.js';

/** What is told to the gateway of a call with this deadline. */
async function told(options: CallOptions & DeadlineOptions): Promise<string | undefined> {
  let timeout: string | undefined;
  const call: ClientMiddlewareCall<object, object> = {
    method: { path: '/a/B', requestStream: false, responseStream: false, options: {} },
    requestStream: false,
    request: {},
    responseStream: false,
    async *next(_request, { metadata }) {
      timeout = metadata?.get('grpc-timeout');
      return {};
    },
  };
  await tellDeadline(call, options).next();
  return timeout;
}

test('the deadline of a call is told in milliseconds, a very late one in seconds, never less than one', async () => {
  assert.equal(await told({}), undefined);
  assert.equal(await told({ deadline: 1500.2 }), '1501m');
  assert.equal(await told({ deadline: -5 }), '1m');
  assert.equal(await told({ deadline: 200_000_000 }), '200000S');
  assert.equal(await told({ deadline: Infinity }), '99999999S');
  const left = Number((await told({ deadline: new Date(Date.now() + 60_000) }))?.slice(0, -1));
  assert.ok(left > 50_000 && left <= 60_000, String(left));
});
