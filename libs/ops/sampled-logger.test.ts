import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../clock/mod.js';
import { createLogger, sampledLogger, type LogLevel } from './mod.js';

function opened(level: LogLevel = 'info') {
  const clock = new ManualClock();
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = sampledLogger(createLogger({ level, name: 'test' }, { write }), {
    clock,
    most: 3,
    periodMs: 10_000,
  });
  const count = (msg: string) => lines.filter((line) => line['msg'] === msg).length;
  return { clock, logger, lines, count };
}

test('of each message the first lines of a period are written, and then how many more there were', async () => {
  const { clock, logger, lines, count } = opened();
  for (let at = 0; at < 1000; at++) logger.info({ stationId: `CS-${at}` }, 'handshake_refused');
  logger.warn({}, 'rare');
  assert.equal(count('handshake_refused'), 3);
  assert.equal(count('rare'), 1);
  await clock.advance(9_999);
  assert.equal(count('log_lines_left_out'), 0);
  await clock.advance(1);
  assert.equal(count('log_lines_left_out'), 1);
  const { level, of, lines: more, seconds } = lines.at(-1) ?? {};
  assert.deepEqual([level, of, more, seconds], ['warn', 'handshake_refused', 997, 10]);
  logger.info({}, 'handshake_refused');
  assert.equal(count('handshake_refused'), 4);
  await clock.advance(60_000);
  assert.equal(count('log_lines_left_out'), 1, 'nothing was left out since');
});

test('levels and children share the count; a child keeps its fields', () => {
  const { logger, lines, count } = opened();
  const child = logger.child({ edgeId: 'e1' });
  child.error({ port: 1 }, 'same');
  logger.warn({}, 'same');
  child.info({}, 'same');
  child.info({}, 'same');
  assert.equal(count('same'), 3);
  assert.deepEqual([lines[0]?.['level'], lines[0]?.['edgeId'], lines[0]?.['port']], ['error', 'e1', 1]);
});

test('debug lines are all written, where they are asked for', () => {
  const { logger, count } = opened('debug');
  for (let at = 0; at < 100; at++) logger.debug({}, 'connection_closed');
  assert.equal(count('connection_closed'), 100);
});

test('lines of a level that is not written are not counted as left out', async () => {
  const { clock, logger, lines } = opened('error');
  for (let at = 0; at < 100; at++) logger.info({}, 'connection_ended');
  await clock.advance(20_000);
  assert.deepEqual(lines, []);
});
