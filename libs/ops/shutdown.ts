import { systemClock, type Clock } from '../clock/mod.js';
import type { Logger } from './logger.js';

export interface ShutdownOptions {
  /** Milliseconds that draining may take before the process ends anyway; 30,000 when left out. */
  readonly deadlineMs?: number;
  /** Milliseconds after the first signal in which others are taken for the same one; 1000 when left out. */
  readonly sameSignalMs?: number;
}

/** A terminal sends Ctrl-C to npm and to us, and npm passes its own on. */
const SAME_SIGNAL_MS = 1000;

/** Calls `first` at the first SIGTERM or SIGINT, and `again` at each that is not the same one arriving once more. */
export function onEndSignals(
  clock: Clock,
  first: (signal: string) => void,
  again: (signal: string) => void,
  sameSignalMs = SAME_SIGNAL_MS,
): void {
  let firstAt: number | undefined;
  const onSignal = (signal: string): void => {
    if (firstAt === undefined) {
      firstAt = clock.monotonic();
      first(signal);
    } else if (clock.monotonic() - firstAt >= sameSignalMs) {
      again(signal);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/**
 * The first SIGTERM or SIGINT calls `drain`, then ends the process: status 0 when it finished, 1 when it failed or took
 * longer than the deadline. A later signal ends it at once, with status 1. A rejection that nobody
 * handles, and an exception that nobody catches, is logged and ends the process with status 1.
 */
export function onShutdown(logger: Logger, drain: () => Promise<void>, options: ShutdownOptions = {}): void {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const exit = (status: number, fact: string, fields: object = {}): never => {
    logger[status === 0 ? 'info' : 'error'](fields, fact);
    process.exit(status);
  };
  const start = (signal: string): void => {
    logger.info({ signal, deadlineMs }, 'shutdown_started');
    setTimeout(() => exit(1, 'shutdown_deadline_passed', { deadlineMs }), deadlineMs).unref();
    drain().then(
      () => exit(0, 'shutdown_finished'),
      (error: unknown) => exit(1, 'shutdown_failed', { err: error }),
    );
  };
  const force = (signal: string): void => exit(1, 'shutdown_forced', { signal });
  onEndSignals(systemClock(), start, force, options.sameSignalMs);
  const onFatal = (fact: string) => (error: unknown) => {
    logger.fatal({ err: error }, fact);
    process.exit(1);
  };
  process.on('unhandledRejection', onFatal('unhandled_rejection'));
  process.on('uncaughtException', onFatal('uncaught_exception'));
}
