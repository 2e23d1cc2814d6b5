export { logCall, logStream, type ApiCall } from './audit.js';
export { DispatchError, Dispatcher, type Delivery, type DispatcherOptions } from './dispatcher.js';
export { beginsJob, cursorFor } from './job-cursor.js';
export type { Refusal } from './word.js';
