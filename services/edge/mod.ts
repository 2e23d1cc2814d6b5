export { edgeConfig, type EdgeConfig, type EdgeConfigInput, type EdgeTlsConfig } from './config.js';
export { startEdge, type Edge, type EdgeOptions } from './start.js';
export { ListenError, TlsError } from './socket/mod.js';
