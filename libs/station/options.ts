import type { Clock } from '../clock/mod.js';
import type { Version } from '../ocpp/mod.js';
import type { Backoff } from './backoff.js';
import type { TlsOptions } from './connection.js';
import type { Observer } from './observer.js';
import type { Random } from './random.js';

/** What a station is and how it behaves. Only the first five must be given. */
export interface StationOptions {
  /** Endpoint without the station id, such as `ws://127.0.0.1:9220/ocpp` or `wss://…`. */
  readonly url: string;
  readonly stationId: string;
  readonly version: Version;
  readonly clock: Clock;
  /** Everything random comes from here: ids, jitter, the power that cars take. */
  readonly random: Random;

  /** Basic authentication: text is sent as UTF-8, bytes as they are. */
  readonly password?: string | Uint8Array | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly compression?: boolean | undefined;
  readonly localAddress?: string | undefined;
  readonly observer?: Observer | undefined;

  /** EVSEs, each with one connector; 1.6 sees connectors 1 to `evses`. Default 1. */
  readonly evses?: number;
  /** What each EVSE can deliver, in watts. Default 22,000. */
  readonly powerW?: number;
  readonly vendor?: string;
  readonly model?: string;
  readonly serialNumber?: string;
  readonly firmwareVersion?: string;

  /** How long an answer is waited for. Default 30 s. */
  readonly callTimeoutMs?: number;
  readonly handshakeTimeoutMs?: number;
  readonly backoff?: Backoff;
  /** Unanswered CALLs in a row after which the connection is taken for dead and opened anew. Default 3. */
  readonly deadAfterTimeouts?: number;
  /** Wait before the next BootNotification when the central system leaves it open (interval 0) or does not answer. */
  readonly bootRetryMs?: number;
  /** Downtime of a reboot. Default 1 s. */
  readonly rebootMs?: number;
  /** Time of each step of a firmware update, a log upload and the like. Default 1 s. */
  readonly stepMs?: number;
  /** How long the driver of a remotely started session stays; left out: until stopped remotely. */
  readonly remoteSessionMs?: number;
  /** Send repeated transaction messages under a new message id (both are allowed; default: the same id). */
  readonly retryWithNewId?: boolean;
  /** Transaction messages kept while offline. Default 10,000. */
  readonly outboxCapacity?: number;
  /** CALLs that may wait for their turn. Default 256. */
  readonly maxWaitingCalls?: number;
  /** Check the answers against their schemas. Default true. */
  readonly checkAnswers?: boolean;
}

/** The options with every default filled in. */
export type Settings = StationOptions &
  Required<
    Pick<
      StationOptions,
      | 'evses'
      | 'powerW'
      | 'vendor'
      | 'model'
      | 'firmwareVersion'
      | 'callTimeoutMs'
      | 'handshakeTimeoutMs'
      | 'backoff'
      | 'deadAfterTimeouts'
      | 'bootRetryMs'
      | 'rebootMs'
      | 'stepMs'
      | 'retryWithNewId'
      | 'outboxCapacity'
      | 'maxWaitingCalls'
      | 'checkAnswers'
    >
  >;

const DEFAULTS = {
  evses: 1,
  powerW: 22_000,
  vendor: 'Stationmaster',
  model: 'Simulator',
  firmwareVersion: '1.0.0',
  callTimeoutMs: 30_000,
  handshakeTimeoutMs: 30_000,
  backoff: { minimumMs: 1_000, randomRangeMs: 1_000, repeatTimes: 5 },
  deadAfterTimeouts: 3,
  bootRetryMs: 30_000,
  rebootMs: 1_000,
  stepMs: 1_000,
  retryWithNewId: false,
  outboxCapacity: 10_000,
  maxWaitingCalls: 256,
  checkAnswers: true,
} as const;

export function withDefaults(options: StationOptions): Settings {
  return { ...DEFAULTS, ...options };
}
