import type { Timer } from '../../clock/mod.js';
import type { Origin } from '../dialect.js';
import { authorise, type Verdict } from './authorise.js';
import type { Evse } from '../model/evse.js';
import type { Running } from '../model/profile.js';
import type { Stretch } from '../model/profiles.js';
import type { Station } from '../station.js';
import type { IdToken, StopReason } from '../transaction.js';

/**
 * What happens at the EVSEs: plug in, authorise, energy flows and is metered, stop, unplug. Each step changes the state of
 * the EVSE, tells its status, and lets the dialect write the transaction's messages.
 */
export class Charging {
  readonly #station: Station;
  /** Timers of the meter values, by EVSE. */
  readonly #meterTimers = new Map<number, Timer>();

  constructor(station: Station) {
    this.#station = station;
  }

  /** False when the EVSE is taken, faulted or out of service. */
  plugIn(evse: Evse): boolean {
    if (evse.plugged || !['Available', 'Reserved', 'Preparing'].includes(evse.status)) return false;
    evse.plugged = true;
    this.#station.setStatus(evse, 'Preparing');
    this.#station.dialect.transactions.plugged(evse);
    return true;
  }

  /** Asks whether a token may charge. `done` is never called within this call. */
  authorise(idToken: IdToken, done: (verdict: Verdict) => void): void {
    authorise(this.#station, idToken, done);
  }

  /**
   * Begins to charge for an authorised driver.
   * @param meterIntervalMs between meter values; left out: as configured in the station.
   */
  begin(evse: Evse, idToken: IdToken, origin: Origin, meterIntervalMs?: number): void {
    this.#station.dialect.transactions.authorised(evse, idToken, origin);
    this.#station.setStatus(evse, 'Charging');
    evse.carPowerW = this.#station.settings.powerW * (0.5 + this.#station.random.next() / 2);
    this.applyLimit(evse);
    const interval = meterIntervalMs ?? this.#station.dialect.tuning.meterIntervalMs();
    if (interval > 0) this.#meterEvery(evse, interval);
  }

  /** Charging profiles have changed. */
  applyLimits(): void {
    for (const evse of this.#station.evses) this.applyLimit(evse);
  }

  /** What an EVSE (0: the whole station) may deliver in the next `durationS` seconds. */
  composite(evseId: number, durationS: number): Stretch[] {
    const { evses, settings, profiles, clock } = this.#station;
    const ceilingW = settings.powerW * (evseId === 0 ? evses.length : 1);
    return profiles.composite(
      evseId,
      clock.now(),
      durationS,
      ceilingW,
      runningAt(this.#station.evse(evseId)),
    );
  }

  /** Sets the power to what the vehicle takes and the charging profiles allow. */
  applyLimit(evse: Evse): void {
    if (evse.transaction === undefined || evse.carPowerW === 0) return;
    const now = this.#station.clock.now();
    const limit = this.#station.profiles.limitAt(evse.id, now, runningAt(evse)) ?? Infinity;
    evse.meter.setPower(Math.max(Math.min(evse.carPowerW, limit), 0), now);
    this.#station.dialect.transactions.powerChanged(evse);
    this.#station.setStatus(evse, evse.meter.powerW > 0 ? 'Charging' : 'SuspendedEVSE');
  }

  /** Stops charging. `idToken`: whose, when a driver presented one. Nothing happens when nothing is charging. */
  stop(evse: Evse, reason: StopReason, idToken?: IdToken): void {
    if (evse.transaction === undefined || evse.transaction.stopReason !== undefined) return;
    this.#cutPower(evse);
    evse.transaction.stopReason = reason;
    this.#station.dialect.transactions.stopped(evse, reason, idToken);
    this.#station.setStatus(evse, 'Finishing');
    const { onStopped } = evse;
    evse.onStopped = undefined;
    onStopped?.(reason);
  }

  /** The vehicle leaves. Stops charging first if that still goes on. */
  unplug(evse: Evse): void {
    this.stop(evse, 'EVDisconnected');
    if (!evse.plugged) return;
    evse.plugged = false;
    this.#station.dialect.transactions.unplugged(evse);
    this.#station.setStatus(evse, evse.restStatus);
    this.#station.checkIdle();
  }

  /** The power fails: no messages, no status, all timers gone. */
  halt(): void {
    for (const evse of this.#station.evses) this.#cutPower(evse);
  }

  #cutPower(evse: Evse): void {
    this.#meterTimers.get(evse.id)?.cancel();
    this.#meterTimers.delete(evse.id);
    evse.carPowerW = 0;
    evse.meter.setPower(0, this.#station.clock.now());
  }

  #meterEvery(evse: Evse, interval: number): void {
    const timer = this.#station.timers.after(interval, () => {
      this.#meterEvery(evse, interval);
      this.applyLimit(evse);
      this.#station.dialect.transactions.sampled(evse, 'Sample.Periodic');
    });
    this.#meterTimers.set(evse.id, timer);
  }
}

function runningAt(evse: Evse | undefined): Running | undefined {
  const transaction = evse?.transaction;
  return transaction && { transactionId: transaction.id, startedAt: transaction.startedAt };
}
