/** How a command ended; exactly one for each. What a caller over NATS gets as JSON. */
export type CommandOutcome =
  /** The station answered; the payload is in the command's terms. */
  | { readonly status: 'result'; readonly payload: unknown }
  /** It answered with a CALLERROR, or with a result that breaks the schema. */
  | {
      readonly status: 'error';
      readonly code: string;
      readonly description: string;
      readonly details: unknown;
    }
  /** It was not taken, and nothing was sent: see `reason`. */
  | { readonly status: 'refused'; readonly reason: RefusalReason; readonly description: string }
  | {
      readonly status: 'timeout' | 'offline' | 'expired' | 'superseded' | 'cancelled';
      readonly description: string;
    };

/**
 * `invalid`: it breaks the schema, or cannot be put in the station's version: change it. `not_now`: the station may not be sent
 * it now. `busy`: too much waits for the station: try again later. `id_taken`: its id belongs to another command.
 * `unserved`: nobody serves the station at this moment: try again.
 */
export type RefusalReason = 'invalid' | 'not_now' | 'busy' | 'id_taken' | 'unserved';

/**
 * In whose terms a command is. `own`: those of the version that the station speaks. `neutral`: OCPP 2.1's, put into the
 * station's own by the gateway. A version: that version's; refused when the station speaks another.
 */
export type CommandTerms = 'own' | 'neutral' | '1.6' | '2.0.1' | '2.1';

/** A command as its station's actor knows it. */
export interface CommandSnapshot {
  readonly commandId: string;
  readonly action: string;
  /** `queued`: waits to be sent. `sent`: the station has not answered yet. */
  readonly state: 'queued' | 'sent' | 'ended';
  /** When it has ended. The payload of a result may be left out: a large one, or one of some time ago. */
  readonly outcome?: CommandOutcome | { readonly status: 'result' };
  /** Epoch milliseconds. */
  readonly takenAt: number;
  /** While it waits. Epoch milliseconds. */
  readonly expiresAt?: number;
  readonly supersedeKey?: string;
}

export type JobKind =
  | 'variables'
  | 'monitoring'
  | 'customerInformation'
  | 'displayMessages'
  | 'chargingProfiles'
  | 'derControl'
  | 'log'
  | 'firmware'
  | 'publication';

/** Something that a station does after it has answered a command. */
export interface JobSnapshot {
  /** Of the command that began it. */
  readonly commandId: string;
  readonly kind: JobKind;
  readonly state: 'running' | 'completed' | 'failed' | 'inactive' | 'superseded';
  readonly requestId?: number;
  /** The station's last word. */
  readonly status?: string;
  /** Messages of the station that belong to it. */
  readonly parts: number;
  /** Numbers of parts that have not come though later ones have. */
  readonly missing: readonly number[];
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds; while it runs. */
  readonly inactiveAt?: number;
  /** Its parts are events with numbers of this range, of this incarnation of the station. */
  readonly incarnation: number;
  readonly firstEvent?: number;
  readonly lastEvent?: number;
  /** A cursor of the event log that is before all of them. */
  readonly cursor: number;
}
