import type { Connection } from '../../../libs/link/mod.js';

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
    }
  | {
      readonly type: 'failure';
      readonly connection: Connection;
      readonly id: string;
      readonly code: string;
      readonly description: string;
      readonly details: unknown;
    }
  | CommandMessage
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
}

/** A business service wants `action` sent. `commandId` (1 to 36 characters) becomes the CALL's message id. */
export interface CommandMessage {
  readonly type: 'command';
  readonly commandId: string;
  readonly action: string;
  readonly payload: unknown;
  readonly timeoutMs: number;
  /** Bus subject for the CommandOutcome. */
  readonly reply: string;
  /** Bus subject of who forwarded it and keeps it until it is told that the actor has it; undefined: nobody does. */
  readonly forwarder?: string | undefined;
}

/** The answer to an `ask` effect; `answer` undefined: nobody decided in time, the default applies. */
export interface DecidedMessage {
  readonly type: 'decided';
  readonly askId: string;
  readonly answer: unknown;
}
