import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCall, decodeFrame, DEFAULT_QUIRKS, findAction, VERSIONS } from '../libs/ocpp/mod.js';
import { BOOT, FIRST_NUMBER, MESSAGES, render } from './messages.js';

for (const version of VERSIONS) {
  test(`the samples of ${version} and their answers are valid without quirks, under ids that never come again`, () => {
    const ids = new Set<string>();
    const templates = MESSAGES[version].flatMap(({ before, calls }) => [...before, ...calls]);
    [BOOT[version], ...templates].forEach((template, at) => {
      const decoded = decodeFrame(version, Buffer.from(render(template, 199, FIRST_NUMBER + at)));
      assert.ok(decoded.ok && decoded.frame.type === 2, template);
      const checked = checkCall(version, 'station', decoded.frame, DEFAULT_QUIRKS);
      assert.ok(checked.ok, checked.ok ? '' : `${template}: ${checked.fault.detail}`);
      assert.deepEqual(checked.repaired, []);
      assert.equal(decoded.frame.id.length, 36);
      ids.add(decoded.frame.id);
    });
    assert.equal(ids.size, templates.length + 1);
    for (const { action, answer } of MESSAGES[version]) {
      assert.equal(findAction(version, action)?.checkResponse?.(answer), undefined, action);
    }
  });
}

test('stations and messages differ in their ids, and sequence numbers have no gaps', () => {
  const [updated = ''] = MESSAGES['2.0.1'].find(({ action }) => action === 'TransactionEvent')?.calls ?? [];
  const read = (station: number, number: number) =>
    JSON.parse(render(updated, station, number)) as [number, string, string, { seqNo: number }];
  const [first, next, other] = [read(1, FIRST_NUMBER), read(1, FIRST_NUMBER + 1), read(2, FIRST_NUMBER)];
  assert.equal(new Set([first[1], next[1], other[1]]).size, 3);
  assert.equal(next[3].seqNo, first[3].seqNo + 1);
});
