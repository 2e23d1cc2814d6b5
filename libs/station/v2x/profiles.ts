import type { Request } from '../../ocpp/mod.js';
import { timeOf, type ChargingProfile } from '../model/profile.js';

export type Profile2x = Request<'2.1', 'SetChargingProfile'>['chargingProfile'];

/** A 2.x profile in the terms of all versions. Of several schedules (an ISO 15118 choice) the first one counts. */
export function toProfile(evseId: number, profile: Profile2x): ChargingProfile {
  const [schedule] = profile.chargingSchedule;
  return {
    id: profile.id,
    evseId,
    stackLevel: profile.stackLevel,
    purpose: profile.chargingProfilePurpose,
    kind: profile.chargingProfileKind,
    recurrency: profile.recurrencyKind,
    validFrom: timeOf(profile.validFrom),
    validTo: timeOf(profile.validTo),
    transactionId: profile.transactionId,
    schedule: {
      unit: schedule?.chargingRateUnit ?? 'W',
      start: timeOf(schedule?.startSchedule),
      duration: schedule?.duration,
      periods: (schedule?.chargingSchedulePeriod ?? []).map((period) => ({
        startPeriod: period.startPeriod,
        limit: period.limit ?? period.setpoint,
        phases: period.numberPhases,
      })),
    },
    original: profile,
  };
}
