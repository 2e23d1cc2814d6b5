export { edgeConfig, type EdgeConfig, type EdgeConfigInput } from './config.js';
export { edgeConfigOf } from './configuration.js';
export { reloadTls } from './reload-tls.js';
export { CALL_OPTIONS, DRAIN_OPTIONS, LIMIT_OPTIONS, LISTEN_OPTIONS } from './settings.js';
export { startEdge, type Edge } from './start.js';
export { explainedByEdge } from './start-errors.js';
export { ListenError, TlsError } from './socket/mod.js';
