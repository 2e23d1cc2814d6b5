export type { Clock, Timer } from './clock.js';
export { systemClock } from './system.js';
export { ManualClock } from './manual.js';
export { sleep, within } from './waiting.js';
export { TimerWheel } from './wheel.js';
