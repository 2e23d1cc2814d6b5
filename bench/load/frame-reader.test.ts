import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, Opcode } from './frame-reader.js';

function serverFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = length < 126 ? [0x80 | opcode, length] : [0x80 | opcode, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), payload]);
}

const SENT: readonly (readonly [opcode: number, payload: Buffer])[] = [
  [Opcode.TEXT, Buffer.from('[3,"a",{}]')],
  [Opcode.PING, Buffer.alloc(0)],
  [Opcode.TEXT, Buffer.alloc(125, 'x')],
  [Opcode.TEXT, Buffer.alloc(126, 'y')],
  [Opcode.TEXT, Buffer.alloc(65_535, 'z')],
  [Opcode.CLOSE, Buffer.from([3, 232])],
];
const STREAM = Buffer.concat(SENT.map(([opcode, payload]) => serverFrame(opcode, payload)));

/** Reads the stream in chunks of `size`, all through the same buffer. */
function readInChunks(size: number): (readonly [number, Buffer])[] {
  const read: (readonly [number, Buffer])[] = [];
  const reader = new FrameReader((opcode, bytes, start, end) => {
    read.push([opcode, Buffer.from(bytes.slice(start, end))]);
  });
  const inbox = Buffer.alloc(size);
  for (let at = 0; at < STREAM.length; at += size) {
    reader.feed(inbox, STREAM.copy(inbox, 0, at, at + size));
  }
  return read;
}

for (const size of [1, 2, 3, 7, 130, 4096, STREAM.length]) {
  test(`frames are read whole from a buffer of ${size} bytes that is used again and again`, () => {
    assert.deepEqual(readInChunks(size), SENT);
  });
}

test('fragmented, masked and very long frames are errors', () => {
  const reader = () => new FrameReader(() => assert.fail('no frame is due'));
  assert.throws(() => reader().feed(Buffer.from([0x01, 1, 65]), 3), /fragments/);
  assert.throws(() => reader().feed(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 65]), 7), /masked/);
  assert.throws(() => reader().feed(Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]), 10), /64 KiB/);
});
