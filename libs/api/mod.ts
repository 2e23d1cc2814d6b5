export type * from './events.js';
export type * from './vocabulary.js';
