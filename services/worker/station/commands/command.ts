import type { CommandTerms } from '../../../../libs/api/mod.js';
import type { Version } from '../../../../libs/ocpp/mod.js';

/** A command that was taken and has not ended. */
export interface Command {
  readonly commandId: string;
  /** In the command's terms. */
  readonly action: string;
  readonly terms: CommandTerms;
  /** JSON text of an object, in the command's terms. */
  readonly payload: string;
  /** Of action, terms and payload, so that another command under the same id is told apart; 0: the gateway chose the id. */
  readonly content: number;
  /** The version whose schema the payload has passed; undefined: neutral, or of a version that is not known yet. */
  readonly checkedAs: Version | undefined;
  /** Milliseconds that the station has to answer one CALL. */
  readonly timeoutMs: number;
  /** Bus subjects that hear the outcome. */
  readonly replies: readonly string[];
  /** Epoch milliseconds. */
  readonly takenAt: number;
  /** Epoch milliseconds; not sent after it. */
  readonly expiresAt: number;
  /** It waits for a station that is offline, or may not be sent it yet. */
  readonly durable: Durable | undefined;
  /** Of the event log, before everything that the station reports for it. */
  readonly cursor: number;
  /** Undefined: nothing of it was sent. */
  readonly begun: Begun | undefined;
  /** W3C Trace Context that it was taken with; left out: it is not traced. */
  readonly traceparent?: string;
}

export interface Durable {
  /** Not sent again when the connection breaks before the answer. */
  readonly once: boolean;
  readonly supersedeKey: string | undefined;
}

/** What of a command was sent. */
export interface Begun {
  /** That the CALLs are in. */
  readonly version: Version;
  /** The one that has no answer yet. */
  readonly call: CallToSend;
  /** Those before it with their answers, each the JSON text of an Exchange. */
  readonly done: readonly string[];
  /** The connection that `call` was sent on last. */
  readonly connectionId: string;
  /** How often `call` was sent. */
  readonly sendings: number;
  /** The station has booted since then, on that connection. */
  readonly rebooted: boolean;
  /** Epoch milliseconds until which the answer is waited for, on that connection. */
  readonly deadline: number;
}

/** The command whose answer the station owes. */
export interface OutstandingCommand extends Command {
  readonly begun: Begun;
}

/** A CALL, in the station's version. */
export interface CallToSend {
  readonly id: string;
  readonly action: string;
  /** JSON text. */
  readonly payload: string;
}
