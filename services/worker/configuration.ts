import type { Retention } from '../../libs/eventlog/mod.js';
import { TOKEN_ACTIONS } from '../../libs/link/mod.js';
import type { WorkerConfig } from './config.js';
import type { EventSettings, TokenSettings, WorkerSettings } from './settings.js';
import { DEFAULT_STATION_CONFIG, type DecisionAction } from './station/mod.js';

/** What a worker is told by the process that it is part of. */
export type WorkerPlace = Pick<WorkerConfig, 'workerId' | 'leaseTtlMs'> & {
  /** The decisions that are asked for, in place of the setting's. */
  readonly asks?: readonly DecisionAction[];
};

export function workerConfigOf(
  settings: WorkerSettings & Pick<TokenSettings, 'tokensFile'>,
  place: WorkerPlace,
): WorkerConfig {
  const { asks = settings.decisions, ...rest } = place;
  return {
    ...rest,
    decisionTimeoutMs: settings.decisionTimeout,
    ownDecisions: ownDecisionsOf(settings),
    commandTimeoutMs: settings.commandTimeout,
    passivateAfterMs: 30_000,
    station: {
      ...DEFAULT_STATION_CONFIG,
      asks: new Set<DecisionAction>(asks),
      decisionTimeoutMs: settings.decisionTimeout,
      heartbeatIntervalS: Math.round(settings.heartbeatInterval / 1000),
      bootRetryIntervalS: Math.round(settings.bootRetryInterval / 1000),
    },
  };
}

const ownDecisionsOf = ({ tokensFile }: Pick<TokenSettings, 'tokensFile'>): ReadonlySet<string> =>
  new Set(tokensFile === undefined ? [] : TOKEN_ACTIONS);

/** The actions that business services are asked about: those of the setting, without what a tokens file decides. */
export function askedOf(
  settings: Pick<WorkerSettings, 'decisions'> & Pick<TokenSettings, 'tokensFile'>,
): ReadonlySet<string> {
  const own = ownDecisionsOf(settings);
  return new Set(settings.decisions.filter((action) => !own.has(action)));
}

/** What the event log may forget. */
export function retentionOf({ eventLimit, eventRetention }: EventSettings): Retention {
  return {
    ...(eventLimit > 0 && { maxEntries: eventLimit }),
    ...(eventRetention > 0 && { maxAgeMs: eventRetention }),
  };
}
