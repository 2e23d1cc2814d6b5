import type { Request } from '../../../../../libs/ocpp/mod.js';

type Profile = Request<'2.1', 'SetChargingProfile'>['chargingProfile'];
type Schedule = Profile['chargingSchedule'][number];
type Period = Schedule['chargingSchedulePeriod'][number];

export const PROFILE_NOTES = [
  'Members of the profile that 2.0.1 has not are left out when they say what holds without them (operationMode ChargingOnly, useLocalTime false, randomizedDelay 0); else they are refused.',
] as const;

/** Members that 2.0.1 has not, with the values that say what holds without them. */
const PROFILE_DEFAULTS: Partial<Profile> = { invalidAfterOfflineDuration: false };
const SCHEDULE_DEFAULTS: Partial<Schedule> = { useLocalTime: false, randomizedDelay: 0 };
const PERIOD_DEFAULTS: Partial<Period> = {
  operationMode: 'ChargingOnly',
  evseSleep: false,
  preconditioningRequest: false,
};

export const profileTo201 = (profile: Profile): object => ({
  ...without(profile, PROFILE_DEFAULTS),
  chargingSchedule: profile.chargingSchedule.map((schedule) => ({
    ...without(schedule, SCHEDULE_DEFAULTS),
    chargingSchedulePeriod: schedule.chargingSchedulePeriod.map((period) => without(period, PERIOD_DEFAULTS)),
  })),
});

function without<T extends object>(value: T, defaults: Partial<T>): object {
  const isDefault = ([name, member]: [string, unknown]): boolean =>
    Object.hasOwn(defaults, name) && defaults[name as keyof T] === member;
  return Object.fromEntries(Object.entries(value).filter((entry) => !isDefault(entry)));
}
