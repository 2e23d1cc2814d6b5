export { edgeConfig, type EdgeConfig, type EdgeConfigInput, type EdgeTlsConfig } from './config.js';
export { edgeConfigOf, type EdgePlace } from './configuration.js';
export { reloadTls } from './reload-tls.js';
export { CALL_OPTIONS, DRAIN_OPTIONS, LIMIT_OPTIONS, LISTEN_OPTIONS, type EdgeSettings } from './settings.js';
export { startEdge, type Edge, type EdgeOptions } from './start.js';
export { explainedByEdge } from './start-errors.js';
export { ListenError, TlsError } from './socket/mod.js';
