import type { Template } from '../messages.js';

/** What a process of a swarm plays. */
export interface SwarmPlan {
  /** Station n goes to the port at `n % ports.length`, on 127.0.0.1; or, with `stationsOfAPort`, at `n / stationsOfAPort`. */
  readonly ports: readonly number[];
  readonly stationsOfAPort?: number;
  readonly tls?: boolean;
  /** Numbers of the stations: of their ids, and in their messages. At most 99,999. */
  readonly numbers: readonly number[];
  readonly subprotocol: string;
  /** For Basic authentication, the same for all of them; left out: none is given. */
  readonly password?: string;
  /** Sent when the WebSocket is open; accepted is who is answered `Accepted`. Left out: who is let in. */
  readonly boot?: Template;
}

export type SwarmOrder =
  | { readonly kind: 'plan'; readonly plan: SwarmPlan; readonly source: string }
  /** The next `count` stations connect, at most `atOnce` of them at the same time. Answered by `connected` when all are accepted. */
  | { readonly kind: 'connect'; readonly count: number; readonly atOnce: number }
  /** Answered by `ran`. */
  | ({ readonly kind: 'run' } & SwarmRun)
  /** Heartbeats at even distances, each of the next station, until `calm`. Answered by `beating`. */
  | { readonly kind: 'beat'; readonly perSecond: number }
  /** Answered by `beaten` when every Heartbeat is answered, or has failed. */
  | { readonly kind: 'calm' }
  /** Every connection is ended. Answered by `left`. */
  | { readonly kind: 'leave' };

/** CALLs in a closed loop: always `outstanding` of them, each of the station that has waited longest. */
export interface SwarmRun {
  readonly calls: readonly Template[];
  readonly roundTrips: number;
  readonly outstanding: number;
}

export interface Connected {
  /** From the order to the acceptance of each station, in ms. */
  readonly acceptedAfterMs: readonly number[];
  readonly elapsedMs: number;
  /** CPU time of this process in µs. */
  readonly cpu: number;
  /** Connections that were tried. */
  readonly attempts: number;
  /** Handshakes that were answered by a refusal for now (429, 503). */
  readonly refused: number;
  /** Connections that broke before the station was accepted. */
  readonly broken: number;
}

export interface Ran {
  readonly latenciesMs: readonly number[];
  readonly elapsedMs: number;
  readonly cpu: number;
}

export interface Beaten {
  readonly latenciesMs: readonly number[];
  /** Not answered within the 30 s that a station waits. */
  readonly timeouts: number;
  /** Connections that the server ended. */
  readonly lost: number;
}

export type SwarmAnswer =
  | { readonly kind: 'planned' }
  | { readonly kind: 'connected'; readonly connected: Connected }
  | { readonly kind: 'ran'; readonly ran: Ran }
  | { readonly kind: 'beating' }
  | { readonly kind: 'beaten'; readonly beaten: Beaten }
  | { readonly kind: 'left' }
  /** The process ends after it. */
  | { readonly kind: 'failed'; readonly reason: string };
