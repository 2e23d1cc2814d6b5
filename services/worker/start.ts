import { ActorHost, ShardOwner } from '../../libs/actor/mod.js';
import type { Bus, BusMessage, Subscription } from '../../libs/bus/mod.js';
import { TimerWheel, type Clock } from '../../libs/clock/mod.js';
import type { EventLog } from '../../libs/eventlog/mod.js';
import { shardOf, subjects, subjectToken } from '../../libs/link/mod.js';
import type { Logger, Metrics } from '../../libs/ops/mod.js';
import type { Store } from '../../libs/store/mod.js';
import { answerCommand, forwardCommands } from './commands.js';
import type { WorkerConfig } from './config.js';
import { createAsker } from './decisions.js';
import { toMessage } from './inbox.js';
import { workerMetrics, type WorkerMetrics } from './metrics.js';
import { StationPerformer } from './performer.js';
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
  readonly config: WorkerConfig;
}

export interface Worker {
  /** Shards owned now. */
  readonly shards: readonly number[];
  /** Hands every shard over: mailboxes emptied, everything committed and performed, leases released. */
  close(): Promise<void>;
}

const SWEEP_MS = 10_000;

/** Starts a worker that owns all shards of the store. Resolves when it serves those that were free. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { bus, store, clock, config } = options;
  const running = new RunningWorker(options);
  const commands = forwardCommands(bus, store.shards, config.commandTimeoutMs);
  const owner = new ShardOwner({
    leases: store.leases,
    clock,
    owner: config.workerId,
    ttlMs: config.leaseTtlMs,
    granted: (shard, epoch) => running.granted(shard, epoch),
    revoked: (shard) => running.revoked(shard),
    lost: (shard) => running.lost(shard),
    failed: (what, shard, error) => options.logger.warn({ what, shard, err: error }, 'lease_call_failed'),
  });
  await owner.want(Array.from({ length: store.shards }, (_, shard) => shard));
  return {
    get shards() {
      return owner.held;
    },
    async close() {
      await commands.drain();
      await owner.stop();
      running.stop();
    },
  };
}

class RunningWorker {
  readonly #host: ActorHost<StationState, StationMessage, StationEffect>;
  readonly #metrics: WorkerMetrics;
  readonly #subscriptions = new Map<number, Subscription>();
  #sweeper: { cancel(): void } | undefined;

  constructor(private readonly options: WorkerOptions) {
    const { bus, store, eventlog, clock, logger, config } = options;
    this.#metrics = workerMetrics(options.metrics, () => this.#host.stats());
    const ask = createAsker({
      bus,
      timeoutMs: config.decisionTimeoutMs,
      decisions: this.#metrics.decisions,
      decided: (token, message) => void this.#host.deliver(token, message),
    });
    this.#host = new ActorHost({
      behaviour: stationBehaviour(config.station),
      performer: new StationPerformer({
        bus,
        eventlog,
        logger,
        metrics: this.#metrics,
        ask: (...question) => void ask(...question),
      }),
      states: store.states,
      clock,
      wheel: new TimerWheel(clock),
      shardOf: (token) => shardOf(token, store.shards),
      shards: store.shards,
      limits: { passivateAfterMs: config.passivateAfterMs },
      observer: {
        crashed: (token, message, error) => {
          this.#metrics.crashes.add();
          this.#unhandled(token, message, 'the gateway could not handle the message: see its log');
          logger.error({ token, type: message.type, err: error }, 'station_actor_crashed');
        },
        unreadable: (token, messages, error) => {
          this.#metrics.unreadable.add();
          const why = "the station's record cannot be read: see the gateway's log";
          for (const message of messages) this.#unhandled(token, message, why);
          logger.error({ token, err: error }, 'station_record_unreadable');
        },
        fenced: (shard) => {
          this.#metrics.fenced.add();
          this.#unsubscribe(shard);
          logger.warn({ shard }, 'shard_fenced');
        },
        committed: (writes, ms) => {
          this.#metrics.commitSeconds.observe(ms / 1000);
          this.#metrics.commitWrites.observe(writes);
        },
        retrying: (what, error, delayMs) => {
          this.#metrics.retries.cell(what).add();
          logger.error({ what, delayMs, err: error }, 'worker_retries');
        },
      },
    });
    this.#sweep();
  }

  async granted(shard: number, epoch: number): Promise<void> {
    const { bus } = this.options;
    await this.#host.grant(shard, epoch);
    this.#unsubscribe(shard);
    this.#subscriptions.set(
      shard,
      bus.subscribe(subjects.upOfShard(shard), (message) => this.#receive(message)),
    );
    bus.publish(subjects.shard(shard), Buffer.from(String(epoch)));
  }

  async revoked(shard: number): Promise<void> {
    await this.#subscriptions.get(shard)?.drain();
    this.#subscriptions.delete(shard);
    await this.#host.revoke(shard);
  }

  lost(shard: number): void {
    this.#unsubscribe(shard);
    this.#host.drop(shard);
    this.options.logger.warn({ shard }, 'shard_lost');
  }

  stop(): void {
    this.#sweeper?.cancel();
  }

  #unsubscribe(shard: number): void {
    this.#subscriptions.get(shard)?.unsubscribe();
    this.#subscriptions.delete(shard);
  }

  #unhandled(token: string, message: StationMessage, description: string): void {
    const epoch = this.#host.epochOf(shardOf(token, this.options.store.shards)) ?? 0;
    answerUnhandled(this.options.bus, epoch, message, description);
  }

  #receive({ subject, data }: BusMessage): void {
    const token = subjectToken(subject, 3);
    const read = this.#read(token, data);
    if (read === undefined) return;
    const { up, message } = read;
    this.#metrics.messages[up.kind].add();
    const delivery = message === undefined ? 'not_json' : this.#host.deliver(token, message);
    if (delivery === 'accepted') return;
    this.#metrics.undelivered.cell(delivery).add();
    if (up.kind !== 'command') return;
    answerCommand(this.options.bus, up.reply, { status: 'refused', description: REFUSALS[delivery] });
  }

  #read(token: string, envelope: Uint8Array): ReturnType<typeof toMessage> | undefined {
    try {
      return toMessage(envelope);
    } catch (error) {
      this.#metrics.undelivered.cell('no_envelope').add();
      this.options.logger.error({ token, err: error }, 'envelope_unreadable');
      return undefined;
    }
  }

  #sweep(): void {
    this.#sweeper = this.options.clock.setTimer(SWEEP_MS, () => {
      this.#host.sweep();
      this.#sweep();
    });
  }
}

const REFUSALS = {
  not_json: 'the payload is not JSON: send the OCPP payload as a JSON object',
  full: 'too many messages wait for this station: try again later',
  not_owned: 'the station is being handed over to another worker: try again',
} as const;
