import type { CommandTerms } from '../../../libs/api/mod.js';
import type { Connection, Durable, Query } from '../../../libs/link/mod.js';

/** Everything that a station actor is told. Payloads are parsed JSON; those of CALLs and SENDs have passed the schema. */
export type StationMessage =
  | { readonly type: 'activated' }
  | { readonly type: 'wake' }
  | { readonly type: 'connected'; readonly connection: Connection; readonly resumed: boolean }
  | { readonly type: 'disconnected'; readonly connection: Connection; readonly code: number }
  | CallMessage
  | {
      readonly type: 'result';
      readonly connection: Connection;
      readonly id: string;
      readonly payload: unknown;
      readonly traceparent?: string | undefined;
    }
  | {
      readonly type: 'failure';
      readonly connection: Connection;
      readonly id: string;
      readonly code: string;
      readonly description: string;
      readonly details: unknown;
      readonly traceparent?: string | undefined;
    }
  | CommandMessage
  | QueryMessage
  | CancelMessage
  | DecidedMessage;

/** A CALL, or a SEND of OCPP 2.1. */
export interface CallMessage {
  readonly type: 'call' | 'send';
  readonly connection: Connection;
  readonly id: string;
  readonly action: string;
  readonly payload: unknown;
  /** The payload as it was sent; events carry it unchanged. */
  readonly raw: Uint8Array;
  /** W3C Trace Context that it came with, or of the worker's span for it: only of what is traced. */
  readonly traceparent?: string | undefined;
}

/**
 * A business service wants `action` sent. `commandId` becomes the message id of its first CALL, and names the command: what
 * comes again under it is not sent again.
 */
export interface CommandMessage {
  readonly type: 'command';
  readonly commandId: string;
  /** In `terms`, as is the payload. */
  readonly action: string;
  readonly payload: unknown;
  readonly terms: CommandTerms;
  /** Milliseconds that the station has to answer a CALL. */
  readonly timeoutMs: number;
  /** Bus subject for the CommandOutcome; empty: nobody waits for it. */
  readonly reply: string;
  /** Its caller chose the id, and may ask again under it. */
  readonly keyed: boolean;
  /** It may wait for a station that is offline; undefined: it is sent now, or not at all. */
  readonly durable?: Durable | undefined;
  /** Of the event log, before everything that the station will report for it. */
  readonly cursor: number;
  readonly dispatcher?: Dispatcher;
  /** W3C Trace Context that it came with, or of the worker's span for it: only of what is traced. */
  readonly traceparent?: string | undefined;
}

/** What somebody wants to know. */
export interface QueryMessage {
  readonly type: 'query';
  readonly query: Query;
  readonly dispatcher?: Dispatcher;
}

/** Takes a waiting command back; answered with what the command is afterwards. */
export interface CancelMessage {
  readonly type: 'cancel';
  readonly commandId: string;
  readonly dispatcher?: Dispatcher;
}

/** Bus subject of who handed the message over, and keeps it until it hears of it; undefined: nobody listens. */
type Dispatcher = string | undefined;

/** The answer to an `ask` effect; `answer` undefined: nobody decided in time, the default applies. */
export interface DecidedMessage {
  readonly type: 'decided';
  readonly askId: string;
  readonly answer: unknown;
}
