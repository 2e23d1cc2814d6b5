export { Closers, startOrStop } from './closers.js';
export { LOG_OPTIONS, modeOption, OPERATION_OPTIONS, type Mode } from './common-options.js';
export { ConfigError, StartError } from './config-error.js';
export {
  secureContextOptions,
  TlsError,
  type CertificateFiles,
  type TlsFiles,
} from './files/certificates.js';
export { Fields, listUnder, Problems } from './files/checks.js';
export { parseText, readDocument, type Document } from './files/document.js';
export { TlsWatch, type TlsWatchOptions } from './files/tls-watch.js';
export { WatchedFile, type WatchedFileOptions } from './files/watched-file.js';
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
  optionTable,
  readOptions,
  wantsHelp,
  type Option,
  type Options,
  type OptionSources,
  type OptionTable,
  type OptionValues,
  type TableValues,
} from './options.js';
export { openOps } from './open-ops.js';
export { runMain } from './process-main.js';
export { sampledLogger, type Sampling } from './sampled-logger.js';
export { onEndSignals, onShutdown, type ShutdownOptions } from './shutdown.js';
