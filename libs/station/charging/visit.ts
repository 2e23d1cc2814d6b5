import type { Timer } from '../../clock/mod.js';
import type { Origin } from '../dialect.js';
import type { Evse } from '../model/evse.js';
import type { Station } from '../station.js';
import type { IdToken, Transaction } from '../transaction.js';

/** A driver's plan. */
export interface ChargePlan {
  /** Default 1. */
  readonly evseId?: number;
  /** A text is a token of type ISO14443. */
  readonly idToken: string | IdToken;
  /** How long the vehicle charges; left out: until somebody else stops it. */
  readonly durationMs?: number;
  /** Between meter values; left out: as configured in the station. */
  readonly meterIntervalMs?: number;
}

/** How a visit went. `transaction` is set when one was begun. */
export type VisitResult =
  | { readonly completed: true; readonly transaction: Transaction }
  | {
      readonly completed: false;
      /** `offline`: the central system could not be asked, and the station may not decide for this token. */
      readonly why: 'occupied' | 'refused' | 'offline' | 'deauthorised' | 'messages_given_up' | 'powered_off';
      readonly detail: string;
      readonly transaction: Transaction | undefined;
    };

function asIdToken(idToken: string | IdToken): IdToken {
  return typeof idToken === 'string' ? { idToken, type: 'ISO14443' } : idToken;
}

/**
 * One driver at one EVSE, from plugging in to the acknowledgement of the last message: plug in, present the card, charge,
 * stop (or be stopped), unplug. `done` is called exactly once.
 */
export class Visit {
  readonly #station: Station;
  readonly #evse: Evse;
  readonly #idToken: IdToken;
  readonly #plan: ChargePlan;
  readonly #done: (result: VisitResult) => void;
  #leave: Timer | undefined;
  #transaction: Transaction | undefined;
  #over = false;

  constructor(station: Station, evse: Evse, plan: ChargePlan, done: (result: VisitResult) => void) {
    this.#station = station;
    this.#evse = evse;
    this.#plan = plan;
    this.#idToken = asIdToken(plan.idToken);
    this.#done = done;
  }

  /** The driver plugs in and presents the card. */
  begin(): void {
    if (!this.#plugIn()) return;
    this.#authorise({ kind: 'local' });
  }

  /** The central system has started the session (F01, F02); the driver plugs in. */
  beginRemotely(remoteStartId: number | undefined): void {
    if (!this.#plugIn()) return;
    const origin: Origin = { kind: 'remote', remoteStartId };
    if (this.#station.dialect.tuning.authorizeRemoteStart()) this.#authorise(origin);
    else this.#charge(origin);
  }

  /** The station loses its power. */
  powerOff(): void {
    this.#leave?.cancel();
    this.#fail('powered_off', 'the station was switched off');
  }

  #plugIn(): boolean {
    if (this.#station.charging.plugIn(this.#evse)) return true;
    this.#fail('occupied', `EVSE ${this.#evse.id} is ${this.#evse.status}`);
    return false;
  }

  #authorise(origin: Origin): void {
    this.#station.charging.authorise(this.#idToken, (verdict) => {
      if (this.#over) return;
      if (verdict.accepted) {
        this.#charge(origin);
        return;
      }
      this.#station.charging.unplug(this.#evse);
      const why = verdict.status === 'OfflineUnknown' ? 'offline' : 'refused';
      this.#fail(why, `the token was answered by ${verdict.status}`);
    });
  }

  #charge(origin: Origin): void {
    const { charging, timers } = this.#station;
    charging.begin(this.#evse, this.#idToken, origin, this.#plan.meterIntervalMs);
    this.#transaction = this.#evse.transaction;
    if (this.#transaction !== undefined) this.#transaction.onSettled = () => this.#settled();
    this.#evse.onStopped = () => this.#unplugSoon();
    if (this.#plan.durationMs !== undefined) {
      this.#leave = timers.after(this.#plan.durationMs, () => this.#leaveNow());
    }
  }

  /** The driver presents the card again and takes the plug. */
  #leaveNow(): void {
    this.#evse.onStopped = undefined;
    this.#station.charging.stop(this.#evse, 'Local', this.#idToken);
    this.#station.charging.unplug(this.#evse);
  }

  /** Stopped by somebody else: the driver comes a little later. */
  #unplugSoon(): void {
    this.#leave?.cancel();
    this.#leave = this.#station.timers.after(this.#station.settings.stepMs, () => {
      this.#station.charging.unplug(this.#evse);
    });
  }

  #settled(): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    if (transaction.givenUp > 0) {
      this.#fail('messages_given_up', `${transaction.givenUp} messages were given up`);
    } else if (transaction.stopReason === 'DeAuthorized') {
      this.#fail('deauthorised', 'the central system refused the token');
    } else if (!this.#over) {
      this.#over = true;
      this.#done({ completed: true, transaction });
    }
  }

  #fail(why: Extract<VisitResult, { completed: false }>['why'], detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#done({ completed: false, why, detail, transaction: this.#transaction });
  }
}
