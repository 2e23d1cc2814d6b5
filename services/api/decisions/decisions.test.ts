import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Status } from 'nice-grpc';
import { memoryBus, MemoryBroker } from '../../../libs/bus/mod.js';
import { until, within } from '../../../test/client/until.js';
import { ask, isUndecided, serving, TestDecider } from './decisions.fixture.js';

const ACCEPTED = JSON.stringify({ idTokenInfo: { status: 'Accepted' } });
const BLOCKED = JSON.stringify({ idTokenInfo: { status: 'Blocked' } });

async function rig(t: TestContext, asked?: readonly string[]) {
  const bus = memoryBus();
  t.after(() => bus.close());
  const served = await serving(t, bus, asked);
  const decider = async (
    subscription: ConstructorParameters<typeof TestDecider>[2] = { actions: ['Authorize'] },
    onQuestion?: ConstructorParameters<typeof TestDecider>[3],
  ) => {
    const one = new TestDecider(t, served.port, subscription, onQuestion);
    await within('the subscription', Promise.race([one.subscribed, one.ended]));
    return one;
  };
  return { bus, ...served, decider };
}

test('a question goes to who decides it, and the answer to who asked', async (t) => {
  const { bus, decider, counted } = await rig(t);
  const service = await decider();
  const asked = ask(bus, { station: 'CS 1/ü' });
  const question = await service.question();
  const { questionId, deadline, ...facts } = question;
  assert.ok(questionId !== '' && deadline !== undefined && deadline.getTime() > Date.now());
  assert.deepEqual(facts, {
    askId: 'ask',
    stationId: 'CS 1/ü',
    ocppVersion: '2.0.1',
    action: 'Authorize',
    provisioned: true,
    securityProfile: 1,
    idToken: { idToken: 'A', type: 'Central' },
    payload: '{"idToken":{"idToken":"A","type":"Central"}}',
    traceparent: '',
  });
  service.answer(questionId, ACCEPTED);
  assert.equal(await asked, ACCEPTED);
  assert.equal((await counted())['Authorize answered'], 1);
});

test('the caller hears which actions the gateway does not ask about', async (t) => {
  const { decider } = await rig(t, ['Authorize', 'DataTransfer']);
  const service = await decider({ actions: ['Authorize', 'SignCertificate'] });
  assert.deepEqual(await service.subscribed, { notAsked: ['SignCertificate'] });
});

test('only what somebody decides is subscribed to: others hear at once that nobody does', async (t) => {
  const { bus, decider, counted } = await rig(t);
  const service = await decider({ actions: ['Authorize'], stationIds: ['CS-1', 'CS-2'] }, () => ACCEPTED);
  assert.equal((await counted()).decision_subscriptions, 2);
  assert.equal(await ask(bus, { station: 'CS-1' }), ACCEPTED);
  assert.equal(await ask(bus, { station: 'CS-3' }), 'no_responders');
  assert.equal(await ask(bus, { station: 'CS-1', action: 'DataTransfer' }), 'no_responders');
  service.finish();
  assert.equal(await within('the end', service.ended), undefined);
  await until('nobody decides', async () => (await ask(bus)) === 'no_responders');
  const { deciders, decision_subscriptions, questions_open } = await counted();
  assert.deepEqual(
    { deciders, decision_subscriptions, questions_open },
    { deciders: 0, decision_subscriptions: 0, questions_open: 0 },
  );
});

test('of several callers each question goes to one, in turn', async (t) => {
  const { bus, decider } = await rig(t);
  const counts = [0, 0, 0];
  for (const at of counts.keys()) {
    await decider({ actions: ['Authorize'], ...(at === 2 && { stationIds: ['CS-1'] }) }, () => {
      counts[at] = (counts[at] ?? 0) + 1;
      return ACCEPTED;
    });
  }
  for (let asked = 0; asked < 30; asked++) assert.equal(await ask(bus), ACCEPTED);
  assert.deepEqual(counts, [10, 10, 10]);
});

test('answers may come in any order', async (t) => {
  const { bus, decider } = await rig(t);
  const service = await decider();
  const asked = ['CS-1', 'CS-2'].map((station) => ask(bus, { station }));
  const [first, second] = [await service.question(), await service.question()];
  service.answer(second.questionId, BLOCKED);
  assert.equal(await asked[1], BLOCKED);
  service.answer(first.questionId, ACCEPTED);
  assert.equal(await asked[0], ACCEPTED);
});

test('max_in_flight: further questions go to another caller, or nobody, at once', async (t) => {
  const { bus, decider, counted } = await rig(t);
  const slow = await decider({ actions: ['Authorize'], maxInFlight: 1 });
  const held = ask(bus);
  const question = await slow.question();
  assert.ok(isUndecided(await ask(bus)));
  assert.equal(await ask(bus), 'no_responders');
  const other = await decider({ actions: ['Authorize'] }, () => BLOCKED);
  assert.equal(await ask(bus), BLOCKED);
  assert.equal(await ask(bus), BLOCKED);
  other.finish();
  await other.ended;
  await until('it is gone', async () => (await counted()).deciders === 1);
  slow.answer(question.questionId, ACCEPTED);
  assert.equal(await held, ACCEPTED);
  const next = ask(bus);
  slow.answer((await slow.question()).questionId, ACCEPTED);
  assert.equal(await next, ACCEPTED);
});

test('a caller that crashes: its questions go to another at once; without one nobody decides them', async (t) => {
  const { bus, decider } = await rig(t);
  const crashing = await decider();
  const asked = [ask(bus, { withinMs: 10_000 }), ask(bus, { withinMs: 10_000 })];
  await crashing.question();
  await crashing.question();
  const other = await decider({ actions: ['Authorize'], maxInFlight: 1 });
  crashing.crash();
  other.answer((await within('the question', other.question())).questionId, BLOCKED);
  const answers = await Promise.all(asked);
  assert.ok(answers.includes(BLOCKED) && answers.some(isUndecided), answers.join());
});

test('a caller that hangs: its question is forgotten at the deadline, others get the next ones', async (t) => {
  const { bus, decider, counted } = await rig(t);
  const hanging = await decider();
  const first = ask(bus, { withinMs: 200 });
  const question = await hanging.question();
  assert.equal(await first, 'timeout');
  await until('it expired', async () => (await counted())['Authorize expired'] === 1);
  await decider({ actions: ['Authorize'] }, () => ACCEPTED);
  for (let asked = 0; asked < 10; asked++) assert.equal(await ask(bus), ACCEPTED);
  assert.equal(hanging.waiting, 0);
  hanging.answer(question.questionId, ACCEPTED);
  await until('it is told', () => hanging.rejections.length === 1);
  assert.match(hanging.rejections[0]?.reason ?? '', /its deadline has passed/);
  assert.equal((await counted())['unknown late'], 1);
});

test('a silent caller alone is tried with one question at a time, until it answers again', async (t) => {
  const { bus, decider, counted } = await rig(t);
  const service = await decider();
  assert.equal(await ask(bus, { withinMs: 100 }), 'timeout');
  await until('it expired', async () => (await counted())['Authorize expired'] === 1);
  await service.question();
  const probe = ask(bus, { withinMs: 10_000 });
  const question = await service.question();
  assert.ok(isUndecided(await ask(bus, { withinMs: 10_000 })));
  service.answer(question.questionId, ACCEPTED);
  assert.equal(await probe, ACCEPTED);
  const both = [ask(bus), ask(bus)];
  for (const _ of both) service.answer((await service.question()).questionId, ACCEPTED);
  assert.deepEqual(await Promise.all(both), [ACCEPTED, ACCEPTED]);
});

test('an answer that cannot be used is told, counted, and the default holds at once', async (t) => {
  const { bus, decider, counted } = await rig(t);
  const service = await decider({ actions: ['Authorize', 'StartTransaction', 'BootNotification'] });
  const wrong: [string, RegExp][] = [
    ['not JSON', /not a JSON object/],
    ['[]', /not a JSON object/],
    ['{"idTokenInfo":{"status":"Yes"}}', /no Authorize response: \/idTokenInfo\/status/],
    ['', /no Authorize response: .*idTokenInfo/],
    [JSON.stringify({ x: 'y'.repeat(300_000) }), /has 300008 characters/],
  ];
  for (const [payload, reason] of wrong) {
    const asked = ask(bus, { withinMs: 10_000 });
    const { questionId } = await service.question();
    service.answer(questionId, payload);
    assert.equal(await within('no answer', asked), '');
    await until('it is told', () => service.rejections.some((one) => one.questionId === questionId));
    assert.match(service.rejections.find((one) => one.questionId === questionId)?.reason ?? '', reason);
  }
  assert.equal((await counted())['Authorize rejected'], wrong.length);
});

test('what only the gateway knows may be left out; a 1.6 station may be answered in terms of 2.1', async (t) => {
  const { bus, decider } = await rig(t);
  const service = await decider({
    actions: [
      'Authorize',
      'StartTransaction',
      'StopTransaction',
      'BootNotification',
      'TransactionEvent',
      'VatNumberValidation',
    ],
  });
  const info = {
    status: 'NoCredit',
    cacheExpiryDateTime: '2030-01-01T00:00:00Z',
    groupIdToken: { idToken: 'G', type: 'Central' },
  };
  const answers: [string, string, object][] = [
    ['1.6', 'Authorize', { idTokenInfo: info }],
    ['1.6', 'Authorize', { idTagInfo: { status: 'Accepted' } }],
    ['1.6', 'StartTransaction', { idTokenInfo: { status: 'Accepted' } }],
    ['1.6', 'StopTransaction', {}],
    ['1.6', 'BootNotification', { status: 'Accepted' }],
    ['2.1', 'BootNotification', { status: 'Pending', interval: 5 }],
    ['2.1', 'TransactionEvent', { idTokenInfo: { status: 'Accepted' } }],
    ['2.1', 'VatNumberValidation', { status: 'Accepted' }],
  ];
  for (const [version, action, answer] of answers) {
    const asked = ask(bus, { version, action, payload: { vatNumber: 'NL1' } });
    service.answer((await service.question()).questionId, answer);
    assert.equal(await asked, JSON.stringify(answer), `${version} ${action}`);
  }
  const asked = ask(bus, { version: '1.6' });
  service.answer((await service.question()).questionId, { idTokenInfo: { cacheExpiryDateTime: 'tomorrow' } });
  assert.equal(await asked, '');
});

test('an answer counts once; a second one, and one of another caller, are rejected', async (t) => {
  const { bus, decider } = await rig(t);
  const service = await decider();
  const asked = ask(bus);
  const { questionId } = await service.question();
  const other = await decider({ actions: ['DataTransfer'] });
  other.answer(questionId, BLOCKED);
  await until('it is told', () => other.rejections.length === 1);
  service.answer(questionId, ACCEPTED);
  service.answer(questionId, BLOCKED);
  assert.equal(await asked, ACCEPTED);
  await until('it is told', () => service.rejections.length === 1);
});

test('subscriptions that cannot be are refused', async (t) => {
  const { port } = await rig(t);
  const refused: [ConstructorParameters<typeof TestDecider>[2], RegExp][] = [
    [{}, /name the actions, of: BootNotification, /],
    [{ actions: ['Authorise'] }, /'Authorise' is no action that is decided, did you mean Authorize\?/],
    [{ actions: ['Authorize'], stationIds: [''] }, /1 to 255 bytes/],
    [{ actions: ['Authorize'], stationIds: Array.from({ length: 1001 }, String) }, /1001 station_ids/],
    [{ actions: ['Authorize'], maxInFlight: 5000 }, /max_in_flight is at most 4096/],
  ];
  for (const [subscription, message] of refused) {
    const error = await new TestDecider(t, port, subscription).ended;
    assert.ok(error instanceof Error && 'code' in error, String(error));
    assert.equal(error.code, Status.INVALID_ARGUMENT);
    assert.match(error.message, message);
  }
  const twice = new TestDecider(t, port, { actions: ['Authorize'] });
  twice.say({ message: { $case: 'subscription', value: { actions: ['Authorize'] } } });
  assert.match(String(await twice.ended), /only answers may come/);
});

test('when the gateway stops, streams end as UNAVAILABLE, and questions go to other processes', async (t) => {
  const broker = new MemoryBroker();
  const worker = broker.connect();
  const [one, two] = [await serving(t, broker.connect()), await serving(t, broker.connect())];
  const first = new TestDecider(t, one.port, { actions: ['Authorize'] });
  await first.subscribed;
  const asked = ask(worker, { withinMs: 10_000 });
  await first.question();
  const second = new TestDecider(t, two.port, { actions: ['Authorize'] }, () => ACCEPTED);
  await second.subscribed;
  await one.service.close();
  assert.equal(await within('the answer', asked), ACCEPTED);
  const error = await first.ended;
  assert.ok(error instanceof Error && 'code' in error);
  assert.equal(error.code, Status.UNAVAILABLE);
});

test('a full caller of one process leaves the questions to another process', async (t) => {
  const broker = new MemoryBroker();
  const worker = broker.connect();
  const [one, two] = [await serving(t, broker.connect()), await serving(t, broker.connect())];
  const full = new TestDecider(t, one.port, { actions: ['Authorize'], maxInFlight: 1 });
  await full.subscribed;
  void ask(worker, { withinMs: 10_000 });
  await full.question();
  const other = new TestDecider(t, two.port, { actions: ['Authorize'] }, () => ACCEPTED);
  await other.subscribed;
  for (let asked = 0; asked < 20; asked++) assert.equal(await ask(worker), ACCEPTED);
});

test('a caller that answers without reading is not read on: what waits for it stays bounded', async (t) => {
  const { bus, port, service } = await rig(t);
  assert.ok(bus.connected && port > 0);
  let taken = 0;
  async function* answers() {
    yield {
      message: {
        $case: 'subscription' as const,
        value: { actions: ['Authorize'], stationIds: [], maxInFlight: 0 },
      },
    };
    for (; taken < 100_000; taken++) {
      yield { message: { $case: 'answer' as const, value: { questionId: 'none', payload: '{}' } } };
    }
  }
  const abort = new AbortController();
  const context = { signal: abort.signal } as Parameters<typeof service.decide>[1];
  const stream = service.decide(answers(), context)[Symbol.asyncIterator]();
  assert.equal((await stream.next()).done, false);
  // It has read what it will read before the timers' turn comes.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(taken < 200, `${taken} answers were read`);
  abort.abort();
  await stream.return?.();
});
