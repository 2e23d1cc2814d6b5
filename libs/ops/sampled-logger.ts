import type { Clock } from '../clock/mod.js';
import type { Logger } from './logger.js';

const MOST = 500;
const PERIOD_MS = 10_000;

export interface Sampling {
  readonly clock: Clock;
  /** Lines of one message that are written in a period; 500 when left out. */
  readonly most?: number;
  /** 10,000 when left out. */
  readonly periodMs?: number;
}

/**
 * A logger for facts that thousands of stations may cause at once: of each message (`handshake_refused`) it writes the first
 * 500 lines in 10 s, and then one line `log_lines_left_out` that says how many more there were. Metrics count them all. Debug
 * and trace are asked for by somebody who wants everything, and are written as they come; so are fatal lines.
 */
export function sampledLogger(logger: Logger, sampling: Sampling): Logger {
  return through(logger, new Sampler(logger, sampling));
}

function through(logger: Logger, sampler: Sampler): Logger {
  const sampled =
    (level: 'info' | 'warn' | 'error') =>
    (fields: object, message: string): void => {
      if (logger.isLevelEnabled(level) && sampler.may(message)) logger[level](fields, message);
    };
  return {
    trace: logger.trace.bind(logger),
    debug: logger.debug.bind(logger),
    info: sampled('info') as Logger['info'],
    warn: sampled('warn') as Logger['warn'],
    error: sampled('error') as Logger['error'],
    fatal: logger.fatal.bind(logger),
    isLevelEnabled: (level) => logger.isLevelEnabled(level),
    child: (bindings) => through(logger.child(bindings), sampler),
  };
}

interface Period {
  readonly since: number;
  lines: number;
}

/** Counts the lines of each message; messages are constants of the code, so they are few. */
class Sampler {
  readonly #periods = new Map<string, Period>();
  readonly #most: number;
  readonly #periodMs: number;

  constructor(
    private readonly logger: Logger,
    private readonly sampling: Sampling,
  ) {
    this.#most = sampling.most ?? MOST;
    this.#periodMs = sampling.periodMs ?? PERIOD_MS;
  }

  may(message: string): boolean {
    const now = this.sampling.clock.monotonic();
    let period = this.#periods.get(message);
    if (period === undefined || now - period.since >= this.#periodMs) {
      period = { since: now, lines: 0 };
      this.#periods.set(message, period);
    }
    period.lines++;
    if (period.lines === this.#most + 1) this.#tellAfter(message, period);
    return period.lines <= this.#most;
  }

  #tellAfter(message: string, period: Period): void {
    this.sampling.clock.setTimer(period.since + this.#periodMs - this.sampling.clock.monotonic(), () => {
      const lines = period.lines - this.#most;
      this.logger.warn({ of: message, lines, seconds: this.#periodMs / 1000 }, 'log_lines_left_out');
    });
  }
}
