import type { Template } from '../messages.js';
import type { Quantiles } from './latencies.js';

/** What the load process is to do. */
export interface Plan {
  readonly host: string;
  readonly port: number;
  readonly subprotocol: string;
  readonly stations: number;
  /** Number of the first one. 0 when left out. */
  readonly first?: number;
  /** Sent once by every station. */
  readonly before: readonly Template[];
  /** Sent in turn, again and again. */
  readonly calls: readonly Template[];
  /** What every answer must be: the very bytes that were sent, or a CALLRESULT with their id. */
  readonly answer: 'echo' | 'result';
}

/** What happened in one run. Every answer was right, else the load process would have ended. */
export interface LoadResult extends Quantiles {
  readonly answered: number;
  readonly elapsedMs: number;
  /** CPU time of the load process, in µs. */
  readonly cpu: number;
  /** At a pace: how much later than due CALLs were sent, as there was no free station or no free processor. Else 0. */
  readonly lateP99Ms: number;
}

/** What one run does: every station one CALL after the other; or, with a pace, CALLs at even distances, whatever the answers do. */
export interface Run {
  readonly roundTrips: number;
  readonly pace?: Pace;
}

export interface Pace {
  readonly perSecond: number;
  /** What falls due while every station waits for an answer is not sent later. */
  readonly leavesOut?: boolean;
}

/** To the load process: first a plan, then any number of runs. */
export type ToLoad = { readonly plan: Plan } | { readonly run: Run };

/** From it: one answer to each. After `failed` it ends. */
export type FromLoad =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly reason: string };
