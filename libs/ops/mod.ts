export { ConfigError, StartError } from './config-error.js';
export { createLogger, LOG_LEVELS, silentLogger, type Logger, type LogLevel } from './logger.js';
export {
  createMetrics,
  type Cell,
  type Counter,
  type Definition,
  type GaugeReading,
  type Histogram,
  type HistogramCell,
  type Metrics,
} from './metrics.js';
export { nearest } from './nearest.js';
export { renderHelp, renderMarkdown } from './option-help.js';
export { types, type OptionType } from './option-types.js';
export {
  defaultsOf,
  defineOptions,
  readOptions,
  wantsHelp,
  type Option,
  type Options,
  type OptionSources,
  type OptionValues,
} from './options.js';
export { startOpsServer, type OpsServer, type OpsServerOptions } from './ops-server.js';
export { runMain } from './process-main.js';
export { onEndSignals, onShutdown, type ShutdownOptions } from './shutdown.js';
