export type { WorkerConfig } from './config.js';
export { askedOf, retentionOf, workerConfigOf } from './configuration.js';
export { EVENT_OPTIONS, STATION_OPTIONS, TOKENS_OPTIONS } from './settings.js';
export { startWorker, type Worker } from './start.js';
export { openTokenDoor, tokenDoorOf, type TokenDoor } from './token-door.js';
