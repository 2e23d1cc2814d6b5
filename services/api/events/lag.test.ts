import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { memoryEventLog, type EventLog } from '../../../libs/eventlog/mod.js';
import { createMetrics } from '../../../libs/ops/mod.js';
import { until } from '../../../test/client/until.js';
import { Lag } from './lag.js';
import { fill, next, open, Serving } from './reader.fixture.js';
import { CountedLog, FROM_OLDEST } from './served.fixture.js';

const serving = new Serving();
afterEach(() => serving.stop());

const behindIn = (text: string): number =>
  Number(/^stationmaster_api_stream_behind_events (\d+)$/m.exec(text)?.[1]);

test('the stream furthest behind is shown, until it ends', async () => {
  const log = memoryEventLog();
  const metrics = createMetrics();
  const lag = new Lag(metrics, log);
  const behind = async () => {
    // What is shown is what was asked for at the reading before.
    await metrics.text();
    return behindIn(await metrics.text());
  };
  await fill(log, 's', 100);
  assert.equal(await behind(), 0);
  const leaveSlow = lag.follow({ cursor: 30 });
  const leaveFast = lag.follow({ cursor: 90 });
  assert.equal(await behind(), 70);
  leaveSlow();
  assert.equal(await behind(), 10);
  leaveFast();
  assert.equal(await behind(), 0);
});

test('a log that is away, or slow, holds up no reading, and is asked once', async () => {
  let asked = 0;
  const failing: Pick<EventLog, 'last'> = {
    last: () => {
      asked++;
      return asked === 1 ? Promise.reject(new Error('away')) : new Promise(() => undefined);
    },
  };
  const metrics = createMetrics();
  new Lag(metrics, failing).follow({ cursor: 3 });
  for (let reading = 0; reading < 5; reading++) assert.equal(behindIn(await metrics.text()), 0);
  assert.equal(asked, 2);
});

test('a client that does not read is behind; one that has read all is not', async () => {
  const log = new CountedLog(memoryEventLog());
  const events = await serving.serve(log);
  const behind = async () => behindIn(await events.metrics.text());
  await fill(log, 's', 20_000, 1, 500);
  const slow = open(events, { start: FROM_OLDEST });
  await next(slow);
  await until('it is behind', async () => (await behind()) > 1_000);
  await slow.return?.();
  await until('it has left', async () => (await behind()) === 0);
});
