import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { stdoutOutput } from './log-output.js';

/** Structured: `logger.info({ stationId }, 'station_connected')`; the message is a fact in snake_case. */
export type Logger = Pick<
  PinoLogger,
  'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'
> & {
  child(bindings: Record<string, unknown>): Logger;
};

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Fields that hold secrets, wherever a log line has them: at its top, or one object down. */
const SECRETS = [
  'password',
  'passwordHex',
  'authorization',
  'Authorization',
  'AuthorizationKey',
  'BasicAuthPassword',
];
const REDACTED = SECRETS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/**
 * JSON lines: `{"level":"info","time":"2026-01-01T00:00:00.000Z","name":…,"pid":…,…fields,"msg":"…"}`. Goes to stdout
 * unless `destination` says otherwise: at once while the reader keeps up, and never waiting for one that does not (LogOutput);
 * how many lines were lost by that is said in `log_lines_dropped`.
 */
export function createLogger(
  options: { level: LogLevel; name: string },
  destination?: DestinationStream,
): Logger {
  const settings = {
    level: options.level,
    base: { name: options.name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  const output = destination ?? stdoutOutput((lines) => logger.error({ lines }, 'log_lines_dropped'));
  const logger = pino(settings, output);
  return logger;
}

/** Says nothing; for tests and for parts that were given no logger. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
