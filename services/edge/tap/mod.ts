export type { ConnectionTap } from './connection-tap.js';
export { Taps, type Tappable } from './taps.js';
