import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOOT, FIRST_NUMBER, MESSAGES, render } from '../messages.js';
import { Call, clientFrame } from './call.js';

const MASK = Uint8Array.of(0x12, 0xf4, 0x00, 0xa7);
const TEMPLATES = [
  ...Object.values(BOOT),
  ...Object.values(MESSAGES).flatMap((messages) =>
    messages.flatMap(({ before, calls }) => [...before, ...calls]),
  ),
];

test('a CALL that is turned into another one is the frame that would be built anew', () => {
  for (const template of TEMPLATES) {
    const call = new Call(template, 42, FIRST_NUMBER, MASK);
    for (const number of [FIRST_NUMBER, 1_000_001, 1_999_999, 5_086_399, 9_999_999]) {
      call.turnInto(number);
      const text = render(template, 42, number);
      assert.equal(call.plain.toString(), text);
      assert.deepEqual(call.frame, clientFrame(1, Buffer.from(text), MASK));
    }
  }
});

test('frames of clients are masked and say their length as RFC 6455 5.2 asks', () => {
  assert.deepEqual(
    clientFrame(1, Buffer.from([0, 255]), MASK),
    Buffer.from([0x81, 0x82, ...MASK, 0x12, 0x0b]),
  );
  assert.deepEqual([...clientFrame(1, Buffer.alloc(126), MASK).subarray(0, 4)], [0x81, 0xfe, 0, 126]);
  assert.deepEqual([...clientFrame(1, Buffer.alloc(300), MASK).subarray(0, 4)], [0x81, 0xfe, 1, 44]);
});
