import type { Request } from '../../ocpp/mod.js';
import { timeOf, type ChargingProfile } from '../model/profile.js';

export type Profile16 = Request<'1.6', 'SetChargingProfile'>['csChargingProfiles'];

/** 1.6's name for the station's maximum, and 2.x's. */
export function purposeOf(purpose: Profile16['chargingProfilePurpose']): string {
  return purpose === 'ChargePointMaxProfile' ? 'ChargingStationMaxProfile' : purpose;
}

/** A 1.6 profile in the terms of all versions. */
export function toProfile(connectorId: number, profile: Profile16): ChargingProfile {
  const { chargingSchedule: schedule } = profile;
  return {
    id: profile.chargingProfileId,
    evseId: connectorId,
    stackLevel: profile.stackLevel,
    purpose: purposeOf(profile.chargingProfilePurpose),
    kind: profile.chargingProfileKind,
    recurrency: profile.recurrencyKind,
    validFrom: timeOf(profile.validFrom),
    validTo: timeOf(profile.validTo),
    transactionId: profile.transactionId,
    schedule: {
      unit: schedule.chargingRateUnit,
      start: timeOf(schedule.startSchedule),
      duration: schedule.duration,
      periods: schedule.chargingSchedulePeriod.map((period) => ({
        startPeriod: period.startPeriod,
        limit: period.limit,
        phases: period.numberPhases,
      })),
    },
    original: profile,
  };
}
