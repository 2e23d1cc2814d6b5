import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOf, renderFaults, rowsOf, table } from './report.js';
import type { RoundResult } from './round.js';

const ROUND: RoundResult = {
  fault: 'worker-term',
  seed: 7,
  moment: 1500,
  lasted: 400,
  fullRateAfter: 1200,
  rateBefore: 600,
  before: { calls: 900, p99: 8, worst: 20 },
  during: { calls: 700, p99: 90, worst: 250 },
  target: 300,
  resent: 3,
  events: 1200,
  commands: { issued: 60, told: { result: 58, offline: 1 }, repeated: 3, toldAgain: 2 },
  problems: [],
  stuck: false,
};

test('a fault is the worst of its rounds, with medians where one round says little', () => {
  const slower = { ...ROUND, during: { calls: 300, p99: 100, worst: 400 }, fullRateAfter: 2000 };
  const third = { ...ROUND, during: { calls: 300, p99: 95, worst: 100 }, problems: ['lost'] };
  assert.deepEqual(rowsOf([ROUND, slower, third]), [
    {
      fault: 'worker-term',
      rounds: 3,
      calls: 1300,
      p99: 95,
      fullRateAfter: 1200,
      worst: 400,
      slowestFullRate: 2000,
      target: 300,
      withinTarget: 2,
      resent: 9,
      commands: 180,
      problems: 1,
    },
  ]);
});

test('a rate that never came back is told so', () => {
  const { fullRateAfter: _, ...rest } = ROUND;
  const never: RoundResult = { ...rest, fullRateAfter: undefined };
  assert.match(renderFaults(rowsOf([never])), /never/);
  assert.match(lineOf(never), /full rate after never ms/);
});

test('the line of a round says what it was, what it cost and what is wrong', () => {
  assert.match(
    lineOf(ROUND),
    /^worker-term \(seed 7\), 1500 ms .* worst 250 ms.* 2 told again; nothing wrong$/,
  );
  assert.match(lineOf({ ...ROUND, problems: ['a', 'b'] }), /2 PROBLEMS$/);
});

test('columns of a table are as wide as their widest cell', () => {
  const lines = table(['fault', 'ms'], [['worker-kill', '1234']]).split('\n');
  assert.deepEqual(lines, ['fault          ms', '───────────  ────', 'worker-kill  1234']);
});
