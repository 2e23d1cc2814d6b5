import type { Logger } from './logger.js';

export interface ShutdownOptions {
  /** Milliseconds that draining may take before the process ends anyway; 30,000 when left out. */
  readonly deadlineMs?: number;
}

/**
 * The first SIGTERM or SIGINT calls `drain`, then ends the process: status 0 when it finished, 1 when it failed or took
 * longer than the deadline. A second signal ends it at once, with status 1. A rejection that nobody
 * handles, and an exception that nobody catches, is logged and ends the process with status 1.
 */
export function onShutdown(logger: Logger, drain: () => Promise<void>, options: ShutdownOptions = {}): void {
  const deadlineMs = options.deadlineMs ?? 30_000;
  let draining = false;
  const exit = (status: number, fact: string, fields: object = {}): never => {
    logger[status === 0 ? 'info' : 'error'](fields, fact);
    process.exit(status);
  };
  const onSignal = (signal: string): void => {
    if (draining) exit(1, 'shutdown_forced', { signal });
    draining = true;
    logger.info({ signal, deadlineMs }, 'shutdown_started');
    setTimeout(() => exit(1, 'shutdown_deadline_passed', { deadlineMs }), deadlineMs).unref();
    drain().then(
      () => exit(0, 'shutdown_finished'),
      (error: unknown) => exit(1, 'shutdown_failed', { err: error }),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const onFatal = (fact: string) => (error: unknown) => {
    logger.fatal({ err: error }, fact);
    process.exit(1);
  };
  process.on('unhandledRejection', onFatal('unhandled_rejection'));
  process.on('uncaughtException', onFatal('uncaught_exception'));
}
