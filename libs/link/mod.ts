export { ByteWriter } from './byte-writer.js';
export * from './decisions.js';
export * from './down.js';
export type * from './handed.js';
export { MsgpackWriter } from './msgpack-writer.js';
export * from './subjects.js';
export * from './token.js';
export * from './up.js';
