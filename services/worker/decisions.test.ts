import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Question } from '../../libs/api/mod.js';
import { memoryBus, type BusMessage } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { subjects } from '../../libs/link/mod.js';
import { createMetrics } from '../../libs/ops/mod.js';
import { Asker, MAX_WAITING } from './decisions.js';
import type { DecidedMessage } from './station/mod.js';

const TIMEOUT_MS = 5_000;

function rig(t: TestContext, own: readonly string[] = []) {
  const clock = new ManualClock();
  const bus = memoryBus({ clock });
  t.after(() => bus.close());
  const metrics = createMetrics();
  const decided: DecidedMessage[] = [];
  const decisions = metrics.counter({
    name: 'stationmaster_test_total',
    help: 'Test',
    labels: ['action', 'outcome'],
  });
  const seconds = metrics.histogram({
    name: 'stationmaster_test_seconds',
    help: 'Test',
    labels: ['action'],
    buckets: [1],
  });
  const asker = new Asker({
    bus,
    clock,
    own: new Set(own),
    timeoutMs: TIMEOUT_MS,
    decisions,
    seconds,
    decided: (_token, message) => void decided.push(message),
  });
  const question = (deadline = clock.now() + TIMEOUT_MS): Question => ({
    askId: 'a',
    stationId: 'CS',
    version: '1.6',
    action: 'Authorize',
    provisioned: true,
    securityProfile: 1,
    payload: {},
    deadline,
  });
  const ask = (action = 'Authorize', deadline?: number) => asker.ask('CS', 'a', action, question(deadline));
  const on = (subject: string, answer: (message: BusMessage) => string | undefined) =>
    bus.subscribe(subject, (message) => {
      const text = answer(message);
      if (text !== undefined && message.reply !== undefined) bus.publish(message.reply, Buffer.from(text));
    });
  const counted = (action: string, outcome: string) => decisions.cell(action, outcome).value;
  const lines = async (name: string) =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(`stationmaster_${name}`));
  return { clock, ask, on, decided, counted, lines };
}

test('the answer is given on; what is empty or no JSON is none, at once', async (t) => {
  const { ask, on, decided, counted } = rig(t);
  const answers = ['{"a":1}', '', 'nonsense'];
  on(subjects.decision('Authorize', 'CS'), () => answers.shift());
  for (let asked = 0; asked < 3; asked++) await ask();
  assert.deepEqual(
    decided.map(({ answer }) => answer),
    [{ a: 1 }, undefined, undefined],
  );
  for (const outcome of ['decided', 'declined', 'unreadable']) assert.equal(counted('Authorize', outcome), 1);
});

test('nobody decides: the gateway itself is asked, and then the default holds at once', async (t) => {
  const { ask, on, decided, counted } = rig(t);
  await ask();
  assert.equal(counted('Authorize', 'nobody'), 1);
  on(subjects.undecided('Authorize', '*'), () => '{"own":true}');
  await ask();
  on(subjects.decision('Authorize', '*'), () => '{"own":false}');
  await ask();
  assert.deepEqual(
    decided.map(({ answer }) => answer),
    [undefined, { own: true }, { own: false }],
  );
});

test('what the gateway decides itself is asked of no business service', async (t) => {
  const { ask, on, decided } = rig(t, ['Authorize']);
  on(subjects.decision('*', '*'), () => '{"own":false}');
  on(subjects.undecided('Authorize', '*'), () => '{"own":true}');
  await ask('Authorize');
  await ask('DataTransfer');
  assert.deepEqual(
    decided.map(({ answer }) => answer),
    [{ own: true }, { own: false }],
  );
});

test('a question waits until its deadline, and never longer than the setting', async (t) => {
  const { clock, ask, on, decided, counted, lines } = rig(t);
  on(subjects.decision('Authorize', '*'), () => undefined);
  const early = ask('Authorize', clock.now() + 1_000);
  const late = ask('Authorize', clock.now() + 3_600_000);
  await clock.advance(999);
  assert.equal(decided.length, 0);
  await clock.advance(1);
  await early;
  assert.equal(decided.length, 1);
  await clock.advance(TIMEOUT_MS - 1_000);
  await late;
  assert.equal(counted('Authorize', 'late'), 2);
  assert.deepEqual(await lines('test_seconds_sum'), ['stationmaster_test_seconds_sum{action="Authorize"} 6']);
});

test('a service that hangs fills its own action only: past the limit the default holds at once', async (t) => {
  const { clock, ask, on, counted } = rig(t);
  on(subjects.decision('Authorize', '*'), () => undefined);
  on(subjects.decision('DataTransfer', '*'), () => '{}');
  const hanging = Array.from({ length: MAX_WAITING }, () => ask());
  await ask();
  assert.equal(counted('Authorize', 'crowded'), 1);
  await Promise.all([ask('DataTransfer'), clock.advance(1)]);
  assert.equal(counted('DataTransfer', 'decided'), 1);
  await clock.advance(TIMEOUT_MS);
  await Promise.all(hanging);
  assert.equal(counted('Authorize', 'late'), MAX_WAITING);
  const again = ask();
  await clock.advance(TIMEOUT_MS);
  await again;
  assert.equal(counted('Authorize', 'crowded'), 1);
});
