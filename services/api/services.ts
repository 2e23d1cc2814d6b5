import { grpc } from '../../libs/api/mod.js';
import type { Bus } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import type { Dispatcher } from '../../libs/dispatch/mod.js';
import type { EventLog } from '../../libs/eventlog/mod.js';
import type { Logger, Metrics } from '../../libs/ops/mod.js';
import type { Store } from '../../libs/store/mod.js';
import type { Tracer } from '../../libs/tracing/mod.js';
import { commandService, type RunningCommands } from './commands/mod.js';
import type { ApiConfig } from './config.js';
import { decisionService, type RunningDecisions } from './decisions/mod.js';
import { eventService, Streams } from './events/mod.js';
import { jobMethods } from './jobs/mod.js';
import { service, type Service } from './service.js';
import { stationService } from './stations/mod.js';
import { tapService } from './tap/mod.js';

export interface ServicesParts {
  readonly bus: Bus;
  readonly store: Store;
  readonly eventlog: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer?: Tracer | undefined;
  readonly dispatcher: Dispatcher;
  readonly config: ApiConfig;
  /** Told when an outcome was asked for because it had not come. */
  readonly lateOutcome: () => void;
}

/** The services of the API, whichever door a call comes by. */
export interface Services {
  readonly all: readonly Service[];
  readonly commands: RunningCommands;
  readonly decisions: RunningDecisions;
}

/** They subscribe to what they hear on the bus; who starts them closes commands and decisions. */
export function startServices(parts: ServicesParts): Services {
  const { bus, store, eventlog, clock, logger, metrics, dispatcher, config, lateOutcome, tracer } = parts;
  const { apiId, commandTimeoutMs: timeoutMs, asked, readOnly } = config;
  const commands = commandService({
    dispatcher,
    bus,
    clock,
    eventlog,
    apiId,
    timeoutMs,
    lateOutcome,
    tracer,
  });
  const decisions = decisionService({ bus, clock, logger, metrics, asked });
  const streams = new Streams(metrics);
  const stations = stationService({
    directory: store.directory,
    dispatcher,
    commands,
    bus,
    clock,
    logger,
    ...(readOnly !== undefined && { readOnly }),
  });
  const jobs = jobMethods({ dispatcher, eventlog, clock, streams });
  return {
    all: [
      service(grpc.CommandServiceDefinition, { ...commands.methods, ...jobs }),
      service(grpc.EventServiceDefinition, eventService({ eventlog, clock, streams, metrics })),
      service(grpc.DecisionServiceDefinition, decisions),
      service(grpc.StationServiceDefinition, stations),
      service(
        grpc.TapServiceDefinition,
        tapService({ bus, clock, logger, directory: store.directory, apiId, streams }),
      ),
    ],
    commands,
    decisions,
  };
}
