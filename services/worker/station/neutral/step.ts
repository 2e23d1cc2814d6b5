import type { CommandOutcome } from '../../../../libs/api/mod.js';
import type { ActionName } from '../../../../libs/ocpp/mod.js';

/** An action of OCPP 2.1, as `'Reset'`. */
export type Action21 = ActionName<'2.1'>;

/** A CALL of a neutral command to the station, and how the station answered it. In the station's version. */
export interface Exchange {
  readonly action: string;
  readonly payload: object;
  readonly outcome: CommandOutcome & { readonly status: 'result' | 'error' };
}

/** What is to be done next for a neutral command. */
export type Step =
  /** Send this CALL. It passes the request schema of the station's version. */
  | { readonly call: { readonly action: string; readonly payload: object } }
  /** It is over. A result passes 2.1's response schema. It may be the first step: then nothing need be sent. */
  | { readonly outcome: CommandOutcome }
  /** The station's version cannot do it; words that name the field and tell what to do. */
  | { readonly unsupported: string };

export type Payload = Readonly<Record<string, unknown>>;
