import assert from 'node:assert/strict';
import { invalidCalls } from '../client/invalid-calls.js';
import type { Frame } from '../client/raw-client.js';
import { sessionOf, VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { typesOf } from './check-events.js';
import type { Scenario } from './scenario.js';

/** A CALLERROR of the right form: `[4, id, code, description ≤ 255, details]` (2.0.1 part 4, 4.2.3). */
function assertCallError(frame: Frame, id: string, code: string): void {
  assert.deepEqual(frame.slice(0, 3), [4, id, code]);
  assert.equal(frame.length, 5);
  assert.ok(typeof frame[3] === 'string' && [...frame[3]].length <= 255);
  assert.ok(typeof frame[4] === 'object' && frame[4] !== null && !Array.isArray(frame[4]));
}

/** Frames of which no message id can be read. */
const WITHOUT_ID: readonly (readonly [name: string, text: string])[] = [
  ['no JSON at all', 'hello'],
  ['an empty message', ''],
  ['JSON that is no list', '{"a":1}'],
  ['JSON that is null', 'null'],
  ['an empty list', '[]'],
  ['a message type alone', '[2]'],
  ['a number as id', '[2,17,"Heartbeat",{}]'],
  ['an empty id', '[2,"","Heartbeat",{}]'],
  ['an id of 40 characters', `[2,"${'i'.repeat(40)}","Heartbeat",{}]`],
  ['a null id', '[2,null,"Heartbeat",{}]'],
];

/** Frames whose id can be read, but not the rest. */
const WITH_ID: readonly (readonly [name: string, text: string])[] = [
  ['a frame without payload', '[2,"m1","Heartbeat"]'],
  ['a frame with a fifth element', '[2,"m1","Heartbeat",{},{}]'],
  ['an action that is no text', '[2,"m1",5,{}]'],
];

const table = VOCABULARIES.flatMap(({ version }): Scenario[] => {
  const is16 = version === '1.6';
  return [
    {
      name: `${version}: what breaks the schema, or is nobody's to send, gets its error code (CONFORMANCE 2)`,
      async run(context) {
        const client = await context.raw(version);
        for (const [at, { name, action, payload, expected }] of invalidCalls(version).entries()) {
          const id = `bad-${at}`;
          const frame = await client.call(id, action, payload);
          assert.equal(frame[2], expected, `${name}: ${JSON.stringify(frame)}`);
          assertCallError(frame, id, expected);
        }
        await client.close();
        const events = await context.eventsWith('station.disconnected');
        assert.deepEqual(typesOf(events), ['station.connected', 'station.disconnected']);
      },
    },
    {
      name: is16
        ? '1.6: a frame without a readable id is counted and not answered'
        : `${version}: a frame without a readable id is answered with RpcFrameworkError and id "-1" (2.0.1 part 4, 4.2.3)`,
      async run(context) {
        const client = await context.raw(version);
        for (const [name, text] of WITHOUT_ID) {
          client.send(text);
          if (is16) await client.expectNothingMore();
          else assertCallError(await client.next(name), '-1', 'RpcFrameworkError');
        }
        await client.expectNothingMore();
      },
    },
    {
      name: is16
        ? '1.6: a malformed frame with a readable id is answered with FormationViolation'
        : `${version}: a malformed frame is answered with RpcFrameworkError: under its id, or "-1" when it is no JSON`,
      async run(context) {
        const client = await context.raw(version);
        for (const [name, text] of WITH_ID) {
          client.send(text);
          assertCallError(await client.next(name), 'm1', is16 ? 'FormationViolation' : 'RpcFrameworkError');
        }
        client.send('[2,"m1","BootNotification",{"reason":"Pow');
        const [id, code] = is16 ? ['m1', 'FormationViolation'] : ['-1', 'RpcFrameworkError'];
        assertCallError(await client.next('the answer to a truncated frame'), id, code);
        await client.expectNothingMore();
      },
    },
    {
      name:
        version === '2.0.1'
          ? '2.0.1: an unknown message type is answered with MessageTypeNotSupported (part 4, 4.4)'
          : `${version}: an unknown message type is ignored`,
      async run(context) {
        const client = await context.raw(version);
        const types = version === '2.1' ? [0, 1, 7, 99, -2] : [0, 1, 5, 6, 7, 99, -2];
        for (const type of types) {
          client.send(JSON.stringify([type, 't1', 'Heartbeat', {}]));
          if (version === '2.0.1') assertCallError(await client.next(), 't1', 'MessageTypeNotSupported');
          else await client.expectNothingMore();
        }
      },
    },
    {
      name: `${version}: results and errors that nobody waits for, also malformed ones, are never answered with a CALLERROR`,
      async run(context) {
        const client = await context.raw(version);
        client.send('[3,"nobody",{}]');
        client.send('[4,"nobody","GenericError","",{}]');
        client.send('[4,"nobody","NoSuchCode"]');
        await client.expectNothingMore();
        for (const text of ['[3,"nobody"]', '[3,"nobody","text"]', '[4,"nobody"]']) {
          client.send(text);
          const id = `after-${text}`.slice(0, 36);
          client.post(id, 'Heartbeat', {});
          let frame = await client.next();
          // 2.1 may say what was wrong with a result by a CALLRESULTERROR.
          if (version === '2.1' && frame[0] === 5) frame = await client.next();
          assert.deepEqual(frame.slice(0, 2), [3, id], `${text} was answered by ${JSON.stringify(frame)}`);
        }
      },
    },
    {
      name: `${version}: a recently answered CALL sent again under its id gets the same answer and gives one event`,
      async run(context) {
        const vocabulary = vocabularyOf(version);
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const first = await client.call('a1', ...vocabulary.authorize('TAG-0001'));
        const again = await client.call('a1', ...vocabulary.authorize('TAG-0001'));
        assert.equal(first[0], 3);
        assert.deepEqual(again, first);
        const events = await context.eventsWith('token.authorized');
        assert.equal(typesOf(events).filter((type) => type === 'token.authorized').length, 1);
      },
    },
    {
      name: `${version}: another CALL under a recently answered id is served for itself`,
      async run(context) {
        const vocabulary = vocabularyOf(version);
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        await client.result('x', ...vocabulary.authorize('TAG-0001'));
        await client.result('x', ...vocabulary.authorize('TAG-0002'));
        const { currentTime } = await client.result('x', 'Heartbeat', {});
        assert.equal(typeof currentTime, 'string');
        const session = sessionOf({ transactionId: 'tx' });
        await client.result('x', ...vocabulary.start(session));
        const events = await context.eventsWith('transaction.started');
        assert.equal(typesOf(events).filter((type) => type === 'token.authorized').length, 2);
      },
    },
    {
      name: `${version}: CALLs sent without waiting for their answers are all served, in order`,
      async run(context) {
        const vocabulary = vocabularyOf(version);
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const ids = Array.from({ length: 8 }, (_, at) => `p${at}`);
        for (const [at, id] of ids.entries()) client.post(id, ...vocabulary.authorize(`TAG-${at}`));
        for (const id of ids) assert.deepEqual((await client.next()).slice(0, 2), [3, id]);
        const events = await context.eventsWith('token.authorized', ids.length);
        const tokens = events
          .filter(({ type }) => type === 'token.authorized')
          .map(({ event }) => (event.data as { idToken: { idToken: string } }).idToken.idToken);
        assert.deepEqual(
          tokens,
          ids.map((_, at) => `TAG-${at}`),
        );
      },
    },
    {
      name: `${version}: members that the schema does not know are tolerated (CONFORMANCE 2)`,
      async run(context) {
        const client = await context.raw(version);
        await client.result('h1', 'Heartbeat', { surprise: [1, 2, 3] });
      },
    },
  ];
});

export const ERRORS: readonly Scenario[] = [
  ...table,
  {
    name: '1.6: a null payload stands for {} (1.6J 4.2)',
    async run(context) {
      const client = await context.raw('1.6');
      const { currentTime } = await client.result('h1', 'Heartbeat', null);
      assert.equal(typeof currentTime, 'string');
    },
  },
  {
    name: '2.0.1 and 2.1: a null payload is a FormatViolation',
    async run(context) {
      for (const version of ['2.0.1', '2.1'] as const) {
        const client = await context.raw(version);
        assertCallError(await client.call('h1', 'Heartbeat', null), 'h1', 'FormatViolation');
        await client.close();
      }
    },
  },
  {
    name: '2.1: a SEND action as a CALL is NotSupported',
    async run(context) {
      const client = await context.raw('2.1');
      const payload = { id: 7, pending: 0, basetime: '2026-03-01T08:00:00Z', data: [{ t: 1, v: '1' }] };
      assertCallError(await client.call('s1', 'NotifyPeriodicEventStream', payload), 's1', 'NotSupported');
    },
  },
  {
    name: '2.0.1: an action of 2.1 is NotImplemented',
    async run(context) {
      const client = await context.raw('2.0.1');
      assertCallError(await client.call('n1', 'BatterySwap', {}), 'n1', 'NotImplemented');
    },
  },
  {
    name: 'an id is 1 to 36 characters long, whatever they are',
    async run(context) {
      const client = await context.raw('2.0.1');
      for (const id of ['1', '-1', ' ', '"quoted"\\', 'ü'.repeat(36), '😀'.repeat(36), 'constructor']) {
        const frame = await client.call(id, 'Heartbeat', {});
        assert.deepEqual(frame.slice(0, 2), [3, id]);
      }
    },
  },
];
