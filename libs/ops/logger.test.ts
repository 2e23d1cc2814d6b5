import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from './mod.js';

function captured(level: 'debug' | 'warn' = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createLogger({ level, name: 'test' }, { write }) };
}

test('a line is JSON with its level as a word, ISO time, name and fields', () => {
  const { lines, logger } = captured();
  logger.child({ edgeId: 'e1' }).info({ stationId: 'CS-1' }, 'station_connected');
  const [line] = lines;
  assert.equal(line?.['level'], 'info');
  assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(line?.['name'], 'test');
  assert.equal(line?.['edgeId'], 'e1');
  assert.equal(line?.['stationId'], 'CS-1');
  assert.equal(line?.['msg'], 'station_connected');
});

test('lines below the level are left out', () => {
  const { lines, logger } = captured('warn');
  logger.info({}, 'quiet');
  logger.warn({}, 'loud');
  assert.deepEqual(
    lines.map((line) => line['msg']),
    ['loud'],
  );
});

test('passwords and authorization headers are never written', () => {
  const { lines, logger } = captured();
  logger.warn(
    {
      password: 'geheim',
      headers: { authorization: 'Basic geheim' },
      request: { headers: { authorization: 'Basic geheim' } },
      station: { passwordHex: 'geheim' },
      payload: { AuthorizationKey: 'geheim' },
    },
    'x',
  );
  assert.ok(!JSON.stringify(lines).includes('geheim'));
});
