import type { Retention } from '../../libs/eventlog/mod.js';
import type { WorkerConfig } from './config.js';
import { TOKEN_ACTIONS } from './decider.js';
import type { EventSettings, WorkerSettings } from './settings.js';
import { DEFAULT_STATION_CONFIG, type DecisionAction } from './station/mod.js';

/** Time by which the actor's own limit for a decision is longer than the bus': the bus' answer then comes first. */
const DECISION_MARGIN_MS = 1000;

/** What a worker is told by the process that it is part of. */
export type WorkerPlace = Pick<WorkerConfig, 'workerId' | 'leaseTtlMs'> & {
  /** The decisions that are asked for; those about id tokens when left out. */
  readonly asks?: readonly DecisionAction[];
};

export function workerConfigOf(settings: WorkerSettings, place: WorkerPlace): WorkerConfig {
  const { asks = TOKEN_ACTIONS, ...rest } = place;
  return {
    ...rest,
    decisionTimeoutMs: settings.decisionTimeout,
    commandTimeoutMs: settings.commandTimeout,
    passivateAfterMs: 30_000,
    station: {
      ...DEFAULT_STATION_CONFIG,
      asks: new Set<DecisionAction>(asks),
      decisionTimeoutMs: settings.decisionTimeout + DECISION_MARGIN_MS,
      heartbeatIntervalS: Math.round(settings.heartbeatInterval / 1000),
      bootRetryIntervalS: Math.round(settings.bootRetryInterval / 1000),
    },
  };
}

/** What the event log may forget. */
export function retentionOf({ eventLimit, eventRetention }: EventSettings): Retention {
  return {
    ...(eventLimit > 0 && { maxEntries: eventLimit }),
    ...(eventRetention > 0 && { maxAgeMs: eventRetention }),
  };
}
