import { highest, occurrences, type ChargingProfile, type Running } from './profile.js';

/** Which profiles a filter means; what is left out matches all. */
export interface ProfileFilter {
  readonly ids?: readonly number[] | undefined;
  readonly evseId?: number | undefined;
  readonly purpose?: string | undefined;
  readonly stackLevel?: number | undefined;
}

/** One stretch of a composite schedule. */
export interface Stretch {
  /** Seconds from the start of the schedule. */
  readonly startPeriod: number;
  /** Watts. */
  readonly limitW: number;
}

/** The charging profiles of one station (K01, 1.6 3.13). */
export class ChargingProfiles {
  #profiles: ChargingProfile[] = [];

  static readonly CAPACITY = 100;

  /** Replaces the profile of the same id, or of the same purpose, stack level and EVSE. False: no room. */
  set(profile: ChargingProfile): boolean {
    const rest = this.#profiles.filter(
      (other) =>
        other.id !== profile.id &&
        !(
          other.purpose === profile.purpose &&
          other.stackLevel === profile.stackLevel &&
          other.evseId === profile.evseId &&
          other.transactionId === profile.transactionId
        ),
    );
    if (rest.length >= ChargingProfiles.CAPACITY) return false;
    this.#profiles = [...rest, profile];
    return true;
  }

  /** Removes what matches; false when nothing did. */
  clear(filter: ProfileFilter): boolean {
    const gone = new Set(this.list(filter));
    this.#profiles = this.#profiles.filter((profile) => !gone.has(profile));
    return gone.size > 0;
  }

  list(filter: ProfileFilter = {}): ChargingProfile[] {
    return this.#profiles.filter(
      (profile) =>
        (filter.ids?.includes(profile.id) ?? true) &&
        (filter.evseId ?? profile.evseId) === profile.evseId &&
        (filter.purpose ?? profile.purpose) === profile.purpose &&
        (filter.stackLevel ?? profile.stackLevel) === profile.stackLevel,
    );
  }

  /**
   * What the profiles allow an EVSE at a moment, in watts; undefined: no limit. The smallest of: the station's
   * maximum, external constraints, and the transaction's own profile or else the default for transactions (K01.FR.05).
   */
  limitAt(evseId: number, at: number, running: Running | undefined): number | undefined {
    const limits = this.#groups(evseId, running).map((group) => highest(group, at, running));
    const set = limits.filter((limit) => limit !== undefined);
    return set.length === 0 ? undefined : Math.min(...set);
  }

  /** The limits of an EVSE from `from` for `durationS` seconds; `ceilingW` stands where no profile speaks. */
  composite(
    evseId: number,
    from: number,
    durationS: number,
    ceilingW: number,
    running: Running | undefined,
  ): Stretch[] {
    const until = from + durationS * 1000;
    const moments = new Set([from]);
    for (const profile of this.#groups(evseId, running).flat()) {
      for (const moment of occurrences(profile, from, until, running)) moments.add(moment);
    }
    const stretches: Stretch[] = [];
    for (const moment of [...moments].sort((a, b) => a - b)) {
      const limitW = Math.min(this.limitAt(evseId, moment, running) ?? ceilingW, ceilingW);
      if (stretches.at(-1)?.limitW !== limitW) {
        stretches.push({ startPeriod: Math.floor((moment - from) / 1000), limitW });
      }
    }
    return stretches;
  }

  #groups(evseId: number, running: Running | undefined): ChargingProfile[][] {
    const here = this.#profiles.filter((profile) => profile.evseId === evseId || profile.evseId === 0);
    const of = (purpose: string) => here.filter((profile) => profile.purpose === purpose);
    const own = of('TxProfile').filter(
      (profile) =>
        running !== undefined &&
        (profile.transactionId === undefined || profile.transactionId === running.transactionId),
    );
    return [
      of('ChargingStationMaxProfile'),
      of('ChargingStationExternalConstraints'),
      own.length > 0 ? own : of('TxDefaultProfile'),
    ];
  }
}
