import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../clock/mod.js';
import { createLogger, StartError } from '../ops/mod.js';
import { whenReached, type ServerWait } from './reach.js';

class Away extends Error {}
const isAway = (error: unknown) => error instanceof Away;

function waiting() {
  const facts: { msg?: string; server?: string; problem?: string }[] = [];
  const write = (line: string) => void facts.push(JSON.parse(line) as object);
  const clock = new ManualClock();
  const logger = createLogger({ level: 'info', name: 'test' }, { write });
  const wait: ServerWait = { server: 'Redis', flag: '--redis-url', clock, logger, waitMs: 30_000 };
  /** Lets time pass until `promise` has settled. */
  const passing = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const end = () => (settled = true);
    promise.then(end, end);
    for (let step = 0; !settled && step < 1000; step++) await clock.advance(500);
    return await promise;
  };
  return { wait, facts, passing };
}

test('a server that comes after a while is waited for, with a line at once and every five seconds', async () => {
  const { wait, facts, passing } = waiting();
  let attempts = 0;
  const attempt = async () => {
    if (++attempts <= 21) throw new Away('nobody listens there');
    return 'reached';
  };
  assert.equal(await passing(whenReached(wait, attempt, isAway)), 'reached');
  assert.equal(facts.length, 3);
  for (const { msg, server, problem } of facts) {
    assert.deepEqual([msg, server, problem], ['waiting_for_server', 'Redis', 'nobody listens there']);
  }
});

test('one that stays away is a StartError that says what to do', async () => {
  const { wait, passing } = waiting();
  const attempt = () => Promise.reject(new Away('nobody listens there'));
  await assert.rejects(passing(whenReached(wait, attempt, isAway)), (error: unknown) => {
    assert.ok(error instanceof StartError);
    assert.equal(error.message, 'nobody listens there (waited 30 s; see --redis-url)');
    return true;
  });
});

test('another error is no reason to wait', async () => {
  const { wait, facts, passing } = waiting();
  const attempt = () => Promise.reject(new RangeError('256 shards are not 128'));
  await assert.rejects(passing(whenReached(wait, attempt, isAway)), RangeError);
  assert.deepEqual(facts, []);
});
