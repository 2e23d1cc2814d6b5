import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { sleep, type Clock } from '../../clock/mod.js';
import { EventLogError } from '../errors.js';
import type { Retention } from '../rules.js';
import { apiCode, isPassing, nanos, type StreamApi } from './api.js';
import { API_CODE, unavailable } from './failure.js';
import { ALL_EVENTS } from './names.js';

/** The shortest age that the server takes for a limit. */
const MIN_AGE_MS = 100;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
/** While another process makes the stream, the server may tell that it overlaps with itself: looked at again so often. */
const OVERLAP_TRIES = 3;

export interface StreamOptions {
  readonly retention: Retention;
  /** Left out: what the stream has, or 1 when it is created. */
  readonly replicas?: number;
  readonly duplicateWindowMs: number;
  /** It is neither created nor changed. */
  readonly foreign?: true;
}

type Settings = Pick<StreamConfig, 'max_msgs' | 'max_age' | 'duplicate_window' | 'discard'> & {
  num_replicas?: number;
};

/** Makes the stream what the options say: creates it, or changes what can be changed. Many processes may do so at once. */
export class EventStream {
  readonly #settings: Settings;
  readonly #foreign: boolean;

  /** @throws EventLogError `bad_argument`. */
  constructor(
    private readonly api: StreamApi,
    private readonly clock: Clock,
    options: StreamOptions,
  ) {
    this.#settings = settingsOf(options);
    this.#foreign = options.foreign === true;
  }

  /**
   * Resolves when the stream takes events.
   * @throws EventLogError `bad_argument`: the stream, or the cluster, is not what the options want; `unavailable`: there was no
   * JetStream, or no stream with a leader, within `deadlineMs`.
   */
  async ensure(deadlineMs: number): Promise<void> {
    const deadline = this.clock.monotonic() + deadlineMs;
    let overlaps = 0;
    for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, LAST_RETRY_MS)) {
      let failure: EventLogError;
      try {
        const info = await this.#createOrUpdate();
        // A server that is in no cluster tells none.
        if (info.cluster === undefined || info.cluster.leader !== undefined) return;
        failure = unavailable(
          `the stream ${this.api.stream} has no leader: check that the majority of its NATS servers runs`,
        );
      } catch (error) {
        failure = this.#understood(error);
        const isMadeNow = apiCode(error) === API_CODE.overlap && overlaps++ < OVERLAP_TRIES;
        if (failure.code !== 'unavailable' && !isMadeNow) throw failure;
      }
      if (this.clock.monotonic() + delay > deadline) throw failure;
      await sleep(this.clock, delay);
    }
  }

  /** Creates the stream again if it is gone. Resolves to whether it was. */
  async restore(): Promise<boolean> {
    if ((await this.#existing()) !== undefined) return false;
    await this.#create();
    return true;
  }

  async #createOrUpdate(): Promise<StreamInfo> {
    const { api } = this;
    const info = await this.#existing();
    if (info === undefined) return this.#create();
    this.#refuseOther(info.config);
    if (this.#foreign) return info;
    const wanted = Object.entries(this.#settings);
    if (
      wanted.every(([name, value]) => Object.entries(info.config).some(([a, b]) => a === name && b === value))
    ) {
      return info;
    }
    return api.call((manager) => manager.streams.update(api.stream, this.#settings));
  }

  async #existing(): Promise<StreamInfo | undefined> {
    try {
      return await this.api.info();
    } catch (error) {
      if (apiCode(error) === API_CODE.noStream) return undefined;
      throw error;
    }
  }

  async #create(): Promise<StreamInfo> {
    const { api } = this;
    if (this.#foreign) {
      throw unavailable(`there is no stream ${api.stream} yet: start what makes it, a worker`);
    }
    return await api.call((manager) =>
      manager.streams.add({
        name: api.stream,
        subjects: [ALL_EVENTS],
        retention: RetentionPolicy.Limits,
        storage: StorageType.File,
        num_replicas: 1,
        ...this.#settings,
      }),
    );
  }

  /** What no update can change, and what would lose events. */
  #refuseOther({ subjects, storage, retention, no_ack: noAck, sealed, mirror }: StreamConfig): void {
    const wrong = [
      subjects?.length !== 1 || subjects[0] !== ALL_EVENTS
        ? `its subjects are ${JSON.stringify(subjects ?? [])}, not ["${ALL_EVENTS}"]`
        : '',
      storage === StorageType.File ? '' : 'it keeps its messages in memory, not in files',
      retention === RetentionPolicy.Limits ? '' : `its retention is "${retention}", not "limits"`,
      noAck ? 'it acknowledges nothing (no_ack)' : '',
      sealed ? 'it is sealed' : '',
      mirror === undefined ? '' : 'it is a mirror',
    ].filter((what) => what !== '');
    if (wrong.length === 0) return;
    throw new EventLogError(
      'bad_argument',
      `the stream ${this.api.stream} cannot hold the events: ${wrong.join('; ')}. Change or delete it ` +
        '(nats stream edit, nats stream rm), or choose another name for the stream',
    );
  }

  /** A refusal for good, as what it means for the configuration. */
  #understood(error: unknown): EventLogError {
    if (!(error instanceof EventLogError)) throw error;
    if (error.code !== 'unavailable' || isPassing(error)) return error;
    const hints: Record<number, string> = {
      [API_CODE.overlap]: `another stream takes subjects of ${ALL_EVENTS}: delete it, or change its subjects`,
      [API_CODE.replicasNeedCluster]:
        'replicas need a NATS cluster: ask for 1 replica, or start nats-server with cluster routes',
    };
    const hint = hints[apiCode(error) ?? 0] ?? 'check the limits of the account and the servers';
    return new EventLogError('bad_argument', `${error.message}; ${hint}`, { cause: error });
  }
}

function settingsOf({ retention, replicas, duplicateWindowMs }: StreamOptions): Settings {
  const { maxEntries, maxAgeMs } = retention;
  if (maxEntries !== undefined && !(Number.isSafeInteger(maxEntries) && maxEntries > 0)) {
    throw new EventLogError('bad_argument', `maxEntries must be an integer from 1, not ${maxEntries}`);
  }
  if (maxAgeMs !== undefined && !(maxAgeMs >= MIN_AGE_MS)) {
    throw new EventLogError('bad_argument', `maxAgeMs must be ${MIN_AGE_MS} or more, not ${maxAgeMs}`);
  }
  return {
    max_msgs: maxEntries ?? -1,
    max_age: maxAgeMs === undefined ? 0 : nanos(maxAgeMs),
    // The server takes no window that is longer than the age.
    duplicate_window: nanos(Math.min(duplicateWindowMs, maxAgeMs ?? Infinity)),
    discard: DiscardPolicy.Old,
    ...(replicas === undefined ? {} : { num_replicas: replicas }),
  };
}
