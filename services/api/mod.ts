export type { ApiConfig } from './config.js';
export { apiConfigOf } from './configuration.js';
export { SECURITY_OPTIONS } from './security/mod.js';
export { GRPC_OPTIONS } from './settings.js';
export { startApi, type Api, type ApiOptions } from './start.js';
