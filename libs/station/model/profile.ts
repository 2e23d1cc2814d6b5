import { parseTimestamp } from '../../ocpp/mod.js';

/** A charging profile in the terms of all versions (2.x names). */
export interface ChargingProfile {
  readonly id: number;
  /** 0: the whole station. */
  readonly evseId: number;
  readonly stackLevel: number;
  readonly purpose: string;
  readonly kind: string;
  readonly recurrency: string | undefined;
  /** Epoch milliseconds. */
  readonly validFrom: number | undefined;
  readonly validTo: number | undefined;
  readonly transactionId: string | number | undefined;
  readonly schedule: Schedule;
  /** As it was sent; reports give it back unchanged. */
  readonly original: object;
}

export interface Schedule {
  readonly unit: 'A' | 'W';
  /** Epoch milliseconds. */
  readonly start: number | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  /** In order of `startPeriod`, seconds from the start of the schedule. A missing limit is none. */
  readonly periods: readonly {
    readonly startPeriod: number;
    readonly limit: number | undefined;
    readonly phases: number | undefined;
  }[];
}

/** The transaction that profiles apply to. */
export interface Running {
  readonly transactionId: string | number | undefined;
  readonly startedAt: number;
}

/** Epoch milliseconds of a profile's time; undefined when it has none. */
export function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseTimestamp(text)?.at;
}

const VOLTS = 230;
const DAY = 86_400_000;

/** Watts of a limit: amperes are per phase. */
function inWatts(limit: number, unit: 'A' | 'W', phases = 3): number {
  return unit === 'W' ? limit : limit * VOLTS * phases;
}

/** Amperes per phase, to a tenth. */
export function inAmperes(watts: number, phases = 3): number {
  return Math.floor((watts / (VOLTS * phases)) * 10) / 10;
}

function periodOf(profile: ChargingProfile): number | undefined {
  if (profile.kind !== 'Recurring') return undefined;
  return profile.recurrency === 'Weekly' ? 7 * DAY : DAY;
}

/** When the schedule that is in force at `at` began. */
function startOf(profile: ChargingProfile, at: number, running: Running | undefined): number {
  if (profile.kind === 'Relative') return running?.startedAt ?? at;
  const start = profile.schedule.start ?? profile.validFrom ?? 0;
  const period = periodOf(profile);
  return period === undefined ? start : start + Math.floor((at - start) / period) * period;
}

/** Watts that one profile allows at a moment; undefined when it does not speak. */
function limitOf(profile: ChargingProfile, at: number, running: Running | undefined): number | undefined {
  if (at < (profile.validFrom ?? -Infinity) || at >= (profile.validTo ?? Infinity)) return undefined;
  const { duration, periods, unit } = profile.schedule;
  const offset = (at - startOf(profile, at, running)) / 1000;
  if (offset < 0 || offset >= (duration ?? Infinity)) return undefined;
  const period = periods.findLast((candidate) => candidate.startPeriod <= offset);
  return period?.limit === undefined ? undefined : inWatts(period.limit, unit, period.phases);
}

/** The word of the highest stack level that speaks. */
export function highest(
  profiles: readonly ChargingProfile[],
  at: number,
  running: Running | undefined,
): number | undefined {
  const ordered = profiles.toSorted((a, b) => b.stackLevel - a.stackLevel || b.evseId - a.evseId);
  for (const profile of ordered) {
    const limit = limitOf(profile, at, running);
    if (limit !== undefined) return limit;
  }
  return undefined;
}

/** The moments in a stretch of time at which a profile's limit may change. */
export function occurrences(
  profile: ChargingProfile,
  from: number,
  until: number,
  running: Running | undefined,
): number[] {
  const { periods, duration } = profile.schedule;
  const offsets = periods.map((period) => period.startPeriod * 1000);
  if (duration !== undefined) offsets.push(duration * 1000);
  const repeat = periodOf(profile) ?? Infinity;
  const moments = [profile.validFrom ?? from, profile.validTo ?? from];
  for (let start = startOf(profile, from, running); start < until; start += repeat) {
    for (const offset of offsets) moments.push(start + offset);
  }
  return moments.filter((moment) => moment > from && moment < until);
}
