import { ActorHost, ShardOwner } from '../../libs/actor/mod.js';
import type { Bus, Subscription } from '../../libs/bus/mod.js';
import { TimerWheel, type Clock, type Timer } from '../../libs/clock/mod.js';
import { Dispatcher } from '../../libs/dispatch/mod.js';
import type { EventLog } from '../../libs/eventlog/mod.js';
import { shardOf, stationIdOf, subjects, subjectToken } from '../../libs/link/mod.js';
import { sampledLogger, type Closers, type Logger, type Metrics } from '../../libs/ops/mod.js';
import type { Store } from '../../libs/store/mod.js';
import type { Tracer } from '../../libs/tracing/mod.js';
import { BusWatch } from './bus-watch.js';
import { CommandDoor } from './command-door.js';
import type { WorkerConfig } from './config.js';
import { Asker } from './decisions.js';
import { Inbox } from './inbox.js';
import { workerMetrics, type WorkerMetrics, type WorkerReadings } from './metrics.js';
import { StationPerformer } from './performer.js';
import { ShardService } from './shard-service.js';
import { WorkerSpans } from './spans.js';
import {
  stationBehaviour,
  type StationEffect,
  type StationMessage,
  type StationState,
} from './station/mod.js';
import { answerUnhandled } from './unhandled.js';

export interface WorkerOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly eventlog: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Left out: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  readonly config: WorkerConfig;
  /** Gets the worker's close before the worker takes a shard, so that it can be stopped while it still starts. */
  readonly closers?: Closers;
}

export interface Worker {
  /** Shards owned now. */
  readonly shards: readonly number[];
  /** The live workers as this one sees them. */
  readonly members: readonly string[];
  /** Hands every shard over: mailboxes emptied, everything committed and performed, leases released. */
  close(): Promise<void>;
}

const SWEEP_MS = 10_000;
/** An owner is looked for so much longer than a lease lasts: by then a dead one's shards are served again. */
const OWNER_GRACE_MS = 1_000;

/** Starts a worker. Resolves when it serves those of its shards that were free, or was closed meanwhile. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const logger = sampledLogger(options.logger, { clock: options.clock });
  const worker = new RunningWorker({ ...options, logger });
  options.closers?.add(() => worker.close());
  await worker.start();
  return worker;
}

class RunningWorker implements Worker {
  readonly #metrics: WorkerMetrics;
  /** Undefined: nothing is traced. */
  readonly #spans: WorkerSpans | undefined;
  readonly #host: ActorHost<StationState, StationMessage, StationEffect>;
  readonly #owner: ShardOwner;
  readonly #dispatcher: Dispatcher;
  readonly #door: CommandDoor;
  readonly #busWatch: BusWatch;
  #frees: Subscription | undefined;
  #sweeper: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(private readonly options: WorkerOptions) {
    const { bus, store, eventlog, clock, logger, config } = options;
    const { workerId, leaseTtlMs } = config;
    const metrics = workerMetrics(options.metrics, () => this.#readings());
    this.#metrics = metrics;
    this.#spans = options.tracer && new WorkerSpans(options.tracer, clock);
    this.#host = this.#makeHost();
    const host = this.#spans?.host(this.#host) ?? this.#host;
    const inbox = new Inbox({ bus, host, metrics, logger });
    const service = new ShardService({
      bus,
      clock,
      logger,
      metrics,
      host: this.#host,
      receive: (message) => inbox.receive(message),
    });
    this.#owner = new ShardOwner({
      leases: store.leases,
      workers: store.workers,
      clock,
      owner: workerId,
      ttlMs: leaseTtlMs,
      shards: store.shards,
      granted: (lease) => service.granted(lease),
      revoked: (shard) => service.revoked(shard),
      released: (shard) => service.released(shard),
      lost: (shard, why) => service.lost(shard, why),
      failed: (call, error, calls) => {
        metrics.leaseFailures.cell(call).add(calls);
        logger.warn({ call, calls, err: error }, 'lease_call_failed');
      },
    });
    this.#dispatcher = new Dispatcher({
      bus,
      clock,
      metrics: { resends: metrics.commandResends },
      processId: workerId,
      shards: store.shards,
      graceMs: leaseTtlMs + OWNER_GRACE_MS,
    });
    this.#door = new CommandDoor({
      bus,
      clock,
      logger,
      dispatcher: this.#dispatcher,
      eventlog,
      outcomes: metrics.commands,
      timeoutMs: config.commandTimeoutMs,
      tracer: options.tracer,
    });
    this.#busWatch = new BusWatch({
      bus,
      clock,
      patienceMs: leaseTtlMs,
      away: () => {
        logger.warn({ awayMs: leaseTtlMs }, 'worker_stands_by');
        void this.#owner.standBy(true);
      },
      back: () => {
        void service.announceAll();
        void this.#owner.standBy(false);
      },
    });
  }

  get shards(): readonly number[] {
    return this.#owner.held;
  }

  get members(): readonly string[] {
    return this.#owner.members;
  }

  async start(): Promise<void> {
    const { bus } = this.options;
    this.#busWatch.start();
    this.#frees = bus.subscribe(subjects.frees, ({ subject }) =>
      this.#owner.freed(Number(subjectToken(subject, 2))),
    );
    this.#dispatcher.start();
    this.#door.start();
    this.#sweep();
    await this.#owner.start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#busWatch.stop();
    await this.#door.drain();
    await this.#owner.stop();
    this.#frees?.unsubscribe();
    this.#sweeper?.cancel();
  }

  #makeHost(): ActorHost<StationState, StationMessage, StationEffect> {
    const { bus, store, eventlog, clock, logger, config } = this.options;
    const metrics = this.#metrics;
    const asker = new Asker({
      bus,
      clock,
      own: config.ownDecisions,
      timeoutMs: config.decisionTimeoutMs,
      decisions: metrics.decisions,
      seconds: metrics.decisionSeconds,
      tracer: this.options.tracer,
      decided: (token, message) => void this.#host.deliver(token, message),
    });
    const performer = new StationPerformer({
      bus,
      eventlog,
      clock,
      logger,
      metrics,
      ask: (...question) => void asker.ask(...question),
    });
    const behaviour = stationBehaviour(config.station);
    return new ActorHost({
      behaviour: this.#spans?.behaviour(behaviour) ?? behaviour,
      performer: this.#spans?.performer(performer) ?? performer,
      states: store.states,
      clock,
      wheel: new TimerWheel(clock),
      shardOf: (token) => shardOf(token, store.shards),
      shards: store.shards,
      limits: { passivateAfterMs: config.passivateAfterMs },
      observer: {
        crashed: (token, message, error) => {
          metrics.crashes.add();
          this.#unhandled(token, message, 'the gateway could not handle the message: see its log');
          logger.error(
            { ...namesOf(token, message), type: message.type, err: error },
            'station_actor_crashed',
          );
        },
        unreadable: (token, messages, error) => {
          metrics.unreadable.add();
          const why = "the station's record cannot be read: see the gateway's log";
          for (const message of messages) this.#unhandled(token, message, why);
          logger.error({ ...namesOf(token), err: error }, 'station_record_unreadable');
        },
        fenced: (shard) => {
          metrics.fenced.add();
          this.#owner.lose(shard, 'fenced');
        },
        lapsed: (shard) => this.#owner.lose(shard, 'lapsed'),
        activated: () => metrics.activations.add(),
        committed: (writes, ms) => {
          metrics.commitSeconds.observe(ms / 1000);
          metrics.commitWrites.observe(writes);
        },
        retrying: (what, error, delayMs) => {
          metrics.retries.cell(what).add();
          logger.error({ what, delayMs, err: error }, 'worker_retries');
        },
      },
    });
  }

  #readings(): WorkerReadings {
    return {
      ...this.#host.stats(),
      shards: this.#owner.held.length,
      members: this.#owner.members.length,
      oldestLeaseMs: this.#owner.oldestLeaseMs,
      keptCommands: this.#dispatcher.kept,
      keptCommandBytes: this.#dispatcher.keptBytes,
    };
  }

  #unhandled(token: string, message: StationMessage, description: string): void {
    const epoch = this.#host.epochOf(shardOf(token, this.options.store.shards)) ?? 0;
    answerUnhandled(this.options.bus, epoch, message, description);
  }

  #sweep(): void {
    this.#sweeper = this.options.clock.setTimer(SWEEP_MS, () => {
      this.#host.sweep();
      this.#sweep();
    });
  }
}

/** For a log line; the connection is that by which the message came. */
function namesOf(token: string, message?: StationMessage): { stationId: string; connectionId?: string } {
  const stationId = stationIdOf(token) ?? token;
  if (message === undefined || !('connection' in message)) return { stationId };
  return { stationId, connectionId: message.connection.connectionId };
}
