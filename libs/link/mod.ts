export { ByteWriter } from './byte-writer.js';
export * from './decisions.js';
export * from './envelope.js';
export { MsgpackWriter } from './msgpack-writer.js';
export * from './subjects.js';
export * from './token.js';
