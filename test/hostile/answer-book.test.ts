import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Version } from '../../libs/ocpp/mod.js';
import { AnswerBook } from './answer-book.js';

const bytes = (message: unknown): Buffer =>
  Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));

/** What the book says of `answers` after `messages` were sent. */
function judge(
  version: Version,
  messages: readonly unknown[],
  answers: readonly unknown[],
  controls: readonly string[] = [],
) {
  const book = new AnswerBook(version);
  for (const message of messages) book.sent(bytes(message));
  for (const id of controls) book.control(id);
  return answers.map((answer) => book.received(bytes(answer)).problem);
}

const beat = (id: string) => [2, id, 'Heartbeat', {}];
const beaten = (id: string) => [3, id, { currentTime: '2026-03-01T08:00:00Z' }];
const error = (id: string, code = 'GenericError') => [4, id, code, '', {}];

test('right answers are right', () => {
  assert.deepEqual(judge('1.6', [beat('a'), '[2,"b",'], [beaten('a'), error('b', 'FormationViolation')]), [
    undefined,
    undefined,
  ]);
  assert.deepEqual(judge('2.1', ['{', beat('-1')], [error('-1', 'RpcFrameworkError'), beaten('-1')]), [
    undefined,
    undefined,
  ]);
});

for (const [what, version, messages, answers] of [
  ['what is no JSON', '1.6', [beat('a')], ['hello']],
  ['what is no frame', '1.6', [beat('a')], [{ a: 1 }]],
  ['an id that nobody sent', '1.6', [beat('a')], [beaten('b')]],
  ['a second answer', '1.6', [beat('a')], [beaten('a'), beaten('a')]],
  ['a result and an error', '1.6', [beat('a')], [beaten('a'), error('a')]],
  ['a result that breaks the schema', '1.6', [beat('a')], [[3, 'a', {}]]],
  ['a result to a result', '2.1', [[3, 'a', {}]], [beaten('a')]],
  ["another version's code", '2.0.1', [beat('a')], [error('a', 'FormationViolation')]],
  ['an error without details', '1.6', [beat('a')], [[4, 'a', 'GenericError', '']]],
  ['a description of 256 characters', '1.6', [beat('a')], [[4, 'a', 'GenericError', 'x'.repeat(256), {}]]],
  ['an error with id -1 in 1.6', '1.6', ['{'], [error('-1')]],
  ['more errors than messages', '2.0.1', ['{'], [error('-1'), error('-1')]],
  ['what was not processed', '1.6', [beat('a')], [error('a', 'InternalError')]],
  ['type 5 before 2.1', '2.0.1', [[3, 'a', {}]], [[5, 'a', 'GenericError', '', {}]]],
] as const) {
  test(`${what} is a problem`, () => {
    assert.equal(typeof judge(version, messages, answers).at(-1), 'string');
  });
}

test('what is not UTF-8 is a problem', () => {
  assert.match(new AnswerBook('1.6').received(Buffer.from([0xff])).problem ?? '', /UTF-8/);
});

test('controls must be answered, with results, in their order', () => {
  const both = [beat('a'), beat('b')];
  assert.deepEqual(judge('1.6', both, [beaten('a'), beaten('b')], ['a', 'b']), [undefined, undefined]);
  assert.match(judge('1.6', both, [beaten('b')], ['a', 'b'])[0] ?? '', /in order/);
  assert.match(judge('1.6', both, [error('a')], ['a', 'b'])[0] ?? '', /refused/);
});
