import type { NatsLink } from '../bus/mod.js';
import type { Clock } from '../clock/mod.js';
import {
  EventLogError,
  openJetStreamEventLog,
  type JetStreamEventLog,
  type Retention,
} from '../eventlog/mod.js';
import { StartError, type Logger } from '../ops/mod.js';
import { problemOf } from './problem.js';
import { WAIT_MS, whenReached } from './reach.js';

export interface EventsUse {
  /** A link of its own, so that a burst of events delays no reply. */
  readonly link: NatsLink;
  /** Left out: as many as the log has; 1 when it is created. */
  readonly replicas?: number;
  /** What the log may forget. Left out: the log is one that others have made, and is left as it is. */
  readonly retention?: Retention;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long JetStream is waited for; 30,000 when left out. */
  readonly waitMs?: number;
}

/**
 * Opens the event log in JetStream, once that serves, and, when it is to be one that others have made, once it is there.
 * @throws StartError
 */
export async function openEvents(use: EventsUse): Promise<JetStreamEventLog> {
  const { link, replicas, retention, clock, logger, waitMs = WAIT_MS } = use;
  const options = {
    link,
    clock,
    onError: (error: unknown) => logger.error({ problem: problemOf(error) }, 'event_log_problem'),
    // It is tried once at a time, so that waiting is told.
    startTimeoutMs: 0,
    ...(replicas === undefined ? {} : { replicas }),
    ...(retention === undefined ? { foreign: true as const } : { retention }),
  };
  try {
    return await whenReached(
      { server: 'JetStream', flag: '--nats-url', clock, logger, waitMs },
      () => openJetStreamEventLog(options),
      (error) => error instanceof EventLogError && error.code === 'unavailable',
    );
  } catch (error) {
    if (error instanceof EventLogError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}
