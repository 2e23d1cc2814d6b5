export type { WorkerConfig } from './config.js';
export { retentionOf, workerConfigOf, type WorkerPlace } from './configuration.js';
export { EVENT_OPTIONS, STATION_OPTIONS, TOKENS_OPTIONS, type WorkerSettings } from './settings.js';
export { startWorker, type Worker, type WorkerOptions } from './start.js';
export { openTokenDoor, tokenDoorOf, type OpenTokenDoor, type TokenDoor } from './token-door.js';
