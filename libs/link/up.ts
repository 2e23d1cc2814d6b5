import type { Version } from '../ocpp/mod.js';
import type { Handed } from './handed.js';

/**
 * What the owner of a station is told: by edges what the station says, by `libs/dispatch` what business services want of it.
 * Msgpack arrays without records, the kind first, OCPP payloads as raw JSON bytes (never re-encoded objects: packing those
 * costs three times as much).
 */
export type Up = Connected | Disconnected | Call | Send | Result | Failure | Handed;

/** Which connection speaks. Sent with everything a station says, so that a new owner needs no other source. */
export interface Connection {
  readonly edgeId: string;
  readonly connectionId: string;
  readonly version: Version;
  /** Epoch milliseconds of the WebSocket's opening, by the edge's clock. */
  readonly connectedAt: number;
  /** True when the station stands in the directory, or the gateway runs in open mode. */
  readonly provisioned: boolean;
  /** OCPP security profile of the connection, 0 to 3. */
  readonly securityProfile: number;
  /** CN of the client certificate, of security profile 3: the station's serial number (A00.FR.405). */
  readonly certificateCn?: string;
}

export interface Connected {
  readonly kind: 'connected';
  readonly connection: Connection;
  /** True when an edge tells a new owner of a connection that was there before. */
  readonly resumed: boolean;
}

export interface Disconnected {
  readonly kind: 'disconnected';
  readonly connection: Connection;
  /** WebSocket close code, 1006 when there was none. */
  readonly code: number;
}

/** A CALL whose frame and payload the edge has checked. */
export interface Call {
  readonly kind: 'call';
  readonly connection: Connection;
  readonly id: string;
  readonly action: string;
  readonly payload: Uint8Array;
  /** The payload parsed, where it is at hand: one parse in a process is enough. Nobody may change it. */
  readonly parsed?: unknown;
  /** W3C Trace Context of the edge's span, 55 characters: only of what is traced. It takes the last `TRACE_BYTES` of the envelope. */
  readonly traceparent?: string;
}

/** A checked SEND (OCPP 2.1): never answered. */
export interface Send extends Omit<Call, 'kind'> {
  readonly kind: 'send';
}

/** A CALLRESULT; its payload is not checked yet: only the actor knows the action. */
export interface Result {
  readonly kind: 'result';
  readonly connection: Connection;
  readonly id: string;
  readonly payload: Uint8Array;
  /** As of a CALL. */
  readonly traceparent?: string;
}

/** A CALLERROR. */
export interface Failure {
  readonly kind: 'failure';
  readonly connection: Connection;
  readonly id: string;
  readonly code: string;
  readonly description: string;
  /** JSON object. */
  readonly details: Uint8Array;
  /** As of a CALL. */
  readonly traceparent?: string;
}

/** In an envelope a kind is its place here. */
export const UP_KINDS = [
  'connected',
  'disconnected',
  'call',
  'send',
  'result',
  'failure',
  'command',
  'query',
  'cancel',
] as const satisfies readonly Up['kind'][];
/** How many elements of an envelope the fields of its connection are, after the kind. */
export const CONNECTION_FIELDS = 6;

/** The profile alone, or with the CN: a field of its own would cost every message of every station. */
export type Security = number | readonly [profile: number, certificateCn: string];
