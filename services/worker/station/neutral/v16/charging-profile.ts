import { defined } from '../defined.js';
import type { Objections } from '../objections.js';
import { Only, type Takes } from '../takes.js';
import type { Request16, Request21 } from './row.js';
import { transactionIdOf } from './transaction-id.js';

type Profile21 = Request21<'SetChargingProfile'>['chargingProfile'];
type Schedule21 = Profile21['chargingSchedule'][number];
type Period21 = Schedule21['chargingSchedulePeriod'][number];
type Profile16 = Request16<'SetChargingProfile'>['csChargingProfiles'];
type Schedule16 = Profile16['chargingSchedule'];
type Purpose16 = Profile16['chargingProfilePurpose'];

export const PURPOSES_16: Readonly<Record<string, Purpose16>> = {
  ChargingStationMaxProfile: 'ChargePointMaxProfile',
  TxDefaultProfile: 'TxDefaultProfile',
  TxProfile: 'TxProfile',
};

const KINDS_16: Readonly<Record<string, Profile16['chargingProfileKind']>> = {
  Absolute: 'Absolute',
  Recurring: 'Recurring',
  Relative: 'Relative',
};

/** What 1.6's profile holds; the rest of 2.1's is V2X, pricing and what makes a profile dynamic. */
export const CHARGING_PROFILE: Takes<Profile21> = {
  id: true,
  stackLevel: true,
  chargingProfilePurpose: true,
  chargingProfileKind: true,
  recurrencyKind: true,
  validFrom: true,
  validTo: true,
  transactionId: true,
  invalidAfterOfflineDuration: new Only(false),
  chargingSchedule: {
    id: true,
    startSchedule: true,
    duration: true,
    chargingRateUnit: true,
    minChargingRate: true,
    useLocalTime: new Only(false),
    randomizedDelay: new Only(0),
    chargingSchedulePeriod: {
      startPeriod: true,
      limit: true,
      numberPhases: true,
      phaseToUse: 'the station chooses the phase of a single-phase limit; leave it out',
      limit_L2: '1.6 has one limit for all phases; leave it out',
      limit_L3: '1.6 has one limit for all phases; leave it out',
      operationMode: new Only('ChargingOnly'),
      evseSleep: new Only(false),
      preconditioningRequest: new Only(false),
    },
  },
};

export const PROFILE_NOTES = [
  'The id of the schedule stays behind; limits are rounded down to the 0.1 that 1.6 has.',
] as const;

export function profileTo16(path: string, profile: Profile21, no: Objections): Profile16 {
  const { id, transactionId, chargingSchedule, chargingProfilePurpose, chargingProfileKind, ...same } =
    profile;
  const [schedule, ...others] = chargingSchedule;
  if (others.length > 0) {
    no.raise(`${path}/chargingSchedule`, `1.6 holds one schedule, not ${chargingSchedule.length}`);
  }
  return defined<Profile16>({
    chargingProfileId: id,
    transactionId:
      transactionId === undefined ? undefined : transactionIdOf(`${path}/transactionId`, transactionId, no),
    stackLevel: same.stackLevel,
    chargingProfilePurpose:
      no.choice(`${path}/chargingProfilePurpose`, chargingProfilePurpose, PURPOSES_16) ?? 'TxProfile',
    chargingProfileKind:
      no.choice(`${path}/chargingProfileKind`, chargingProfileKind, KINDS_16) ?? 'Absolute',
    recurrencyKind: same.recurrencyKind,
    validFrom: same.validFrom,
    validTo: same.validTo,
    chargingSchedule: scheduleTo16(`${path}/chargingSchedule/0`, schedule, no),
  });
}

function scheduleTo16(path: string, schedule: Schedule21 | undefined, no: Objections): Schedule16 {
  if (schedule === undefined) {
    no.raise(path, 'is required');
    return { chargingRateUnit: 'W', chargingSchedulePeriod: [] };
  }
  const { minChargingRate } = schedule;
  return defined<Schedule16>({
    duration: schedule.duration,
    startSchedule: schedule.startSchedule,
    chargingRateUnit: schedule.chargingRateUnit,
    chargingSchedulePeriod: schedule.chargingSchedulePeriod.map((period, index) =>
      periodTo16(`${path}/chargingSchedulePeriod/${index}`, period, no),
    ),
    minChargingRate:
      minChargingRate === undefined
        ? undefined
        : tenths(`${path}/minChargingRate`, minChargingRate, Math.ceil, no),
  });
}

function periodTo16(
  path: string,
  { startPeriod, limit, numberPhases }: Period21,
  no: Objections,
): Schedule16['chargingSchedulePeriod'][number] {
  if (limit === undefined) no.raise(`${path}/limit`, 'is required there');
  return defined<Schedule16['chargingSchedulePeriod'][number]>({
    startPeriod,
    limit: limit === undefined ? 0 : tenths(`${path}/limit`, limit, Math.floor, no),
    numberPhases,
  });
}

/** Further from a multiple of 0.1 than arithmetic on doubles leaves it. */
const NOISE = 1e-6;
/** Past it, a double cannot be told to be a multiple of 0.1. */
const MAX_TENTHS = 1e9;

/** 1.6's rates have one decimal. A limit is rounded down, so that it is never exceeded. */
function tenths(path: string, value: number, round: (value: number) => number, no: Objections): number {
  const count = value * 10;
  if (Math.abs(count) > MAX_TENTHS) no.raise(path, `must be at most ${MAX_TENTHS / 10} there`);
  const nearest = Math.round(count);
  return (Math.abs(count - nearest) < NOISE ? nearest : round(count)) / 10;
}
