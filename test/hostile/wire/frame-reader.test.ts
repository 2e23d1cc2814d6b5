import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, OPCODE } from './frame.js';
import { FrameReader } from './frame-reader.js';

function read(...chunks: readonly Buffer[]): { frames: string[]; broken: string[] } {
  const frames: string[] = [];
  const broken: string[] = [];
  const reader = new FrameReader({
    frame: ({ opcode, payload }) => frames.push(`${opcode}:${payload.length}`),
    broken: (why) => broken.push(why),
  });
  for (const chunk of chunks) reader.push(chunk);
  return { frames, broken };
}

const unmasked = (length: number): Buffer =>
  encodeFrame({ opcode: OPCODE.TEXT, payload: Buffer.alloc(length, 'x'), mask: undefined });

test('frames of every length are read, byte by byte', () => {
  const bytes = Buffer.concat([0, 125, 126, 65_535, 65_536].map(unmasked));
  const whole = read(bytes);
  assert.deepEqual(whole, { frames: ['1:0', '1:125', '1:126', '1:65535', '1:65536'], broken: [] });
  assert.deepEqual(
    read(...Array.from(bytes.subarray(0, 400), (_, at) => bytes.subarray(at, at + 1))).frames,
    ['1:0', '1:125', '1:126'],
  );
});

for (const [what, bytes] of [
  ['a masked frame', encodeFrame({ opcode: OPCODE.TEXT, payload: Buffer.from('x'), mask: Buffer.alloc(4) })],
  ['reserved bits', encodeFrame({ opcode: OPCODE.TEXT, payload: Buffer.from('x'), rsv: 4, mask: undefined })],
  [
    'a fragment',
    encodeFrame({ opcode: OPCODE.TEXT, payload: Buffer.from('x'), fin: false, mask: undefined }),
  ],
  ['an opcode that does not exist', encodeFrame({ opcode: 5, payload: Buffer.from('x'), mask: undefined })],
  ['a long ping', encodeFrame({ opcode: OPCODE.PING, payload: Buffer.alloc(126), mask: undefined })],
] as const) {
  test(`${what} of a server is a breach; nothing is read after it`, () => {
    const { frames, broken } = read(bytes, unmasked(1));
    assert.deepEqual([frames, broken.length], [[], 1]);
  });
}
