import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DECISION_ACTIONS, TOKEN_ACTIONS } from '../link/mod.js';
import { ConfigError, defineOptions, readOptions, renderHelp } from '../ops/mod.js';
import { DECISION_OPTIONS } from './decisions.js';

const OPTIONS = defineOptions({ program: 'gateway', about: 'A gateway.', table: DECISION_OPTIONS });
const read = (...argv: string[]) => readOptions(OPTIONS, { argv, env: {} }).decisions;

test('token decisions are asked about unless told otherwise', () => {
  assert.deepEqual(read(), TOKEN_ACTIONS);
  assert.deepEqual(read('--decisions', 'tokens'), TOKEN_ACTIONS);
  assert.deepEqual(read('--decisions=none'), []);
  assert.deepEqual(read('--decisions', 'all'), DECISION_ACTIONS);
  assert.deepEqual(read('--decisions', 'DataTransfer, tokens,DataTransfer'), [
    'DataTransfer',
    ...TOKEN_ACTIONS,
  ]);
  assert.match(renderHelp(OPTIONS), /--decisions .*\n?[^]*tokens/);
});

test('an unknown name is refused with the one that may have been meant', () => {
  const refusal = (text: string) => {
    try {
      return `read ${JSON.stringify(read('--decisions', text))}`;
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.message;
    }
  };
  assert.match(
    refusal('Authorise'),
    /^--decisions: 'Authorise' is not valid, did you mean Authorize\? It must be none, all, or a list/,
  );
  assert.match(refusal('tokens,DataTranfer'), /did you mean DataTransfer\?/);
  assert.match(refusal('none,Authorize'), /is not valid, it must be none, all/);
  assert.match(refusal('Authorize,'), /is not valid/);
});
