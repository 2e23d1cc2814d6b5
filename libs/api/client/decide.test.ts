import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ServerError, Status } from 'nice-grpc-common';
import type { DecideRequest, DecideResponse, DecisionServiceImplementation } from '../grpc.js';
import { deferred, FakeGateway } from './gateway.fixture.js';

const subscribed = (...notAsked: string[]): DecideResponse => ({
  message: { $case: 'subscribed', value: { notAsked } },
});

const question = (questionId: string, action = 'Authorize', more: object = {}): DecideResponse => ({
  message: {
    $case: 'question',
    value: {
      questionId,
      askId: `ask-${questionId}`,
      stationId: 'CS-1',
      ocppVersion: '2.1',
      action,
      provisioned: true,
      securityProfile: 2,
      idToken: { idToken: '04A2', type: 'ISO14443' },
      payload: '{"idToken":{"idToken":"04A2","type":"ISO14443"}}',
      deadline: new Date(5000),
      traceparent: '',
      ...more,
    },
  },
});

/** Requests of the n-th stream, as they come. */
class Asker {
  readonly streams: DecideRequest[][] = [];

  constructor(private readonly plays: readonly (readonly (DecideResponse | Status)[])[]) {}

  readonly service: DecisionServiceImplementation = {
    decide: (requests) => this.#decide(requests),
  };

  async *#decide(requests: AsyncIterable<DecideRequest>) {
    const heard: DecideRequest[] = [];
    const play = this.plays[this.streams.length] ?? [];
    this.streams.push(heard);
    const incoming = requests[Symbol.asyncIterator]();
    const first = await incoming.next();
    if (first.done !== true) heard.push(first.value);
    for (const step of play) {
      if (typeof step === 'number') throw new ServerError(step, 'played');
      yield step;
      if (step.message?.$case !== 'question') continue;
      const answer = await incoming.next();
      if (answer.done !== true) heard.push(answer.value);
    }
    await incoming.next();
  }
}

async function start(t: TestContext, ...plays: readonly (readonly (DecideResponse | Status)[])[]) {
  const asker = new Asker(plays);
  const gateway = await FakeGateway.start(t, { decisions: asker.service });
  return { asker, client: gateway.client(t), gateway };
}

test('a question goes to the handler of its action, and its answer back', async (t) => {
  const { client, asker } = await start(t, [
    subscribed('TransactionEvent'),
    question('q-1'),
    Status.UNAVAILABLE,
  ]);
  const over = deferred();
  const decider = await client.decide(
    {
      Authorize: (asked) => {
        assert.deepEqual(asked, {
          askId: 'ask-q-1',
          stationId: 'CS-1',
          version: '2.1',
          action: 'Authorize',
          provisioned: true,
          securityProfile: 2,
          idToken: { idToken: '04A2', type: 'ISO14443' },
          payload: { idToken: { idToken: '04A2', type: 'ISO14443' } },
          deadline: 5000,
        });
        return { idTokenInfo: { status: 'Accepted' } };
      },
      TransactionEvent: () => ({}),
    },
    { stationIds: ['CS-1'], maxInFlight: 4, onProblem: () => over.resolve() },
  );
  assert.deepEqual(decider.notAsked, ['TransactionEvent']);
  await over.promise;
  const value = { questionId: 'q-1', payload: '{"idTokenInfo":{"status":"Accepted"}}' };
  assert.deepEqual(asker.streams[0], [
    {
      message: {
        $case: 'subscription',
        value: { actions: ['Authorize', 'TransactionEvent'], stationIds: ['CS-1'], maxInFlight: 4 },
      },
    },
    { message: { $case: 'answer', value } },
  ]);
  await decider.end();
});

test('a 1.6 token has no type', async (t) => {
  const asked = question('q-1', 'StartTransaction', { idToken: { idToken: '04A2', type: '' } });
  const { client } = await start(t, [subscribed(), asked]);
  const heard = deferred<unknown>();
  await client.decide({
    StartTransaction: ({ idToken }) => {
      heard.resolve(idToken);
      return { idTokenInfo: { status: 'Blocked' } };
    },
  });
  assert.deepEqual(await heard.promise, { idToken: '04A2' });
});

test('after a break it subscribes again and goes on answering', async (t) => {
  const { client, asker } = await start(
    t,
    [subscribed(), question('q-1'), Status.UNAVAILABLE],
    [Status.UNAVAILABLE],
    [subscribed(), question('q-2'), Status.INTERNAL],
  );
  const problems: string[] = [];
  const twice = deferred();
  const decider = await client.decide(
    { Authorize: async () => Promise.resolve({ idTokenInfo: { status: 'Accepted' } }) },
    {
      onProblem: ({ message }) => {
        problems.push(message);
        if (problems.length === 2) twice.resolve();
      },
    },
  );
  await twice.promise;
  await decider.end();
  const answers = asker.streams.map(
    ([, second]) => second?.message?.$case === 'answer' && second.message.value.questionId,
  );
  assert.deepEqual(answers.slice(0, 3), ['q-1', false, 'q-2']);
});

test('a handler that throws leaves the decision to the default, and is told of', async (t) => {
  const { client } = await start(t, [subscribed(), question('q-1')]);
  const problem = deferred<Error>();
  await client.decide(
    { Authorize: () => Promise.reject(new Error('database is away')) },
    { onProblem: problem.resolve },
  );
  assert.match((await problem.promise).message, /Authorize of CS-1, the default will hold: database is away/);
});

test('an answer that does not hold is told of', async (t) => {
  const rejection = {
    message: { $case: 'rejection' as const, value: { questionId: 'q-1', reason: 'late' } },
  };
  const { client } = await start(t, [subscribed(), rejection]);
  const problem = deferred<Error>();
  await client.decide({ Authorize: () => ({}) }, { onProblem: problem.resolve });
  assert.match((await problem.promise).message, /question q-1 does not hold: late/);
});

test('a client that may not decide is told so at once', async (t) => {
  const { client, asker } = await start(t, [Status.PERMISSION_DENIED]);
  const options = { onProblem: () => undefined };
  await assert.rejects(client.decide({ Authorize: () => ({}) }, options), { code: Status.PERMISSION_DENIED });
  assert.equal(asker.streams.length, 1);
});

test('a client that may not decide any more is told so later', async (t) => {
  const { client } = await start(t, [subscribed(), Status.UNAVAILABLE], [Status.UNAUTHENTICATED]);
  const problems: Error[] = [];
  const decider = await client.decide(
    { Authorize: () => ({}) },
    { onProblem: (problem) => problems.push(problem) },
  );
  await assert.rejects(decider.ended, { code: Status.UNAUTHENTICATED });
  assert.equal(problems.length, 2);
});

test('a gateway that is not there yet is waited for', async (t) => {
  const { client, gateway, asker } = await start(t, [subscribed()]);
  gateway.stop();
  const away = deferred<Error>();
  const deciding = client.decide({ Authorize: () => ({}) }, { onProblem: away.resolve });
  await away.promise;
  await gateway.start();
  await (await deciding).end();
  assert.equal(asker.streams.length, 1);
});

test('close ends it', async (t) => {
  const { client } = await start(t, [subscribed()]);
  const decider = await client.decide({ Authorize: () => ({}) });
  client.close();
  await decider.ended;
});
