import { formatTimestamp, type Request } from '../../../ocpp/mod.js';
import { inAmperes, type ChargingProfile } from '../../model/profile.js';
import type { Station } from '../../station.js';
import { toProfile, type Profile2x } from '../profiles.js';
import type { Handler2x } from './handler.js';
import { evseCharging } from './remote-control.js';

/** 2.0.1 K01: a TxProfile names its transaction, a maximum belongs to the whole station. */
export const setChargingProfile: Handler2x<'SetChargingProfile'> = ({ station }, request) => {
  const { evseId, chargingProfile: profile } = request;
  const evse = station.evse(evseId);
  if (evseId !== 0 && evse === undefined) return { status: 'Rejected' };
  const { chargingProfilePurpose: purpose, transactionId } = profile;
  if (purpose === 'TxProfile' && (transactionId === undefined || evse?.transaction?.id !== transactionId)) {
    return { status: 'Rejected' };
  }
  if (purpose === 'ChargingStationMaxProfile' && evseId !== 0) return { status: 'Rejected' };
  // Only an energy management system sets these, never the central system (K01.FR.22).
  if (purpose === 'ChargingStationExternalConstraints') return { status: 'Rejected' };
  if (!station.profiles.set(toProfile(evseId, profile))) return { status: 'Rejected' };
  station.afterAnswer(() => station.charging.applyLimits());
  return { status: 'Accepted' };
};

/** 2.0.1 K10. */
export const clearChargingProfile: Handler2x<'ClearChargingProfile'> = ({ station }, request) => {
  const { chargingProfileId, chargingProfileCriteria: criteria } = request;
  const cleared = station.profiles.clear({
    ids: chargingProfileId === undefined ? undefined : [chargingProfileId],
    evseId: criteria?.evseId,
    purpose: criteria?.chargingProfilePurpose,
    stackLevel: criteria?.stackLevel,
  });
  station.afterAnswer(() => station.charging.applyLimits());
  return { status: cleared ? 'Accepted' : 'Unknown' };
};

/** 2.0.1 K08. */
export const getCompositeSchedule: Handler2x<'GetCompositeSchedule'> = ({ station }, request) => {
  const { evseId, duration, chargingRateUnit: unit = 'W' } = request;
  if (evseId !== 0 && station.evse(evseId) === undefined) return { status: 'Rejected' };
  return {
    status: 'Accepted',
    schedule: {
      evseId,
      duration,
      scheduleStart: formatTimestamp(station.clock.now()),
      chargingRateUnit: unit,
      chargingSchedulePeriod: station.charging.composite(evseId, duration).map(({ startPeriod, limitW }) => ({
        startPeriod,
        limit: unit === 'W' ? Math.round(limitW) : inAmperes(limitW),
      })),
    },
  };
};

/** Sends the profiles of each EVSE in a ReportChargingProfiles of its own (K09.FR.03). */
function report(station: Station, requestId: number, found: readonly ChargingProfile[]): void {
  const evseIds = [...new Set(found.map((profile) => profile.evseId))];
  for (const [index, evseId] of evseIds.entries()) {
    const request: Request<'2.1', 'ReportChargingProfiles'> = {
      requestId,
      chargingLimitSource: 'CSO',
      evseId,
      tbc: index < evseIds.length - 1,
      chargingProfile: found
        .filter((profile) => profile.evseId === evseId)
        .map((profile) => profile.original as Profile2x),
    };
    station.session.call('ReportChargingProfiles', request);
  }
}

/** 2.0.1 K09. */
export const getChargingProfiles: Handler2x<'GetChargingProfiles'> = ({ station }, request) => {
  const { requestId, evseId, chargingProfile: criteria } = request;
  const fromCso = criteria.chargingLimitSource?.includes('CSO') ?? true;
  const found = station.profiles.list({
    ids: criteria.chargingProfileId,
    evseId,
    purpose: criteria.chargingProfilePurpose,
    stackLevel: criteria.stackLevel,
  });
  if (!fromCso || found.length === 0) return { status: 'NoProfiles' };
  station.afterAnswer(() => report(station, requestId, found));
  return { status: 'Accepted' };
};

/** 2.1 K28: new limits for a profile of kind Dynamic, in force at once. */
export const updateDynamicSchedule: Handler2x<'UpdateDynamicSchedule'> = ({ station }, request) => {
  const { chargingProfileId, scheduleUpdate } = request;
  const profile = station.profiles.list({ ids: [chargingProfileId] })[0];
  if (profile?.kind !== 'Dynamic') return { status: 'Rejected' };
  const limit = scheduleUpdate.limit ?? scheduleUpdate.setpoint;
  station.profiles.set({
    ...profile,
    schedule: { ...profile.schedule, periods: [{ startPeriod: 0, limit, phases: undefined }] },
  });
  station.afterAnswer(() => station.charging.applyLimits());
  return { status: 'Accepted' };
};

/** 2.1 K21: needs a profile of purpose PriorityCharging to follow. */
export const usePriorityCharging: Handler2x<'UsePriorityCharging'> = ({ station }, { transactionId }) => {
  const evse = evseCharging(station, transactionId);
  if (evse === undefined) return { status: 'Rejected' };
  const profiles = station.profiles.list({ purpose: 'PriorityCharging' });
  const fits = profiles.some((profile) => profile.evseId === evse.id || profile.evseId === 0);
  return { status: fits ? 'Accepted' : 'NoProfile' };
};

/** 2.1 V2X: the energy transfer modes that the driver may use. */
export const notifyAllowedEnergyTransfer: Handler2x<'NotifyAllowedEnergyTransfer'> = (
  { station },
  { transactionId },
) => ({ status: evseCharging(station, transactionId) === undefined ? 'Rejected' : 'Accepted' });

/** 2.1 Q: a frequency signal is of use only while a vehicle charges. */
export const afrrSignal: Handler2x<'AFRRSignal'> = ({ station }) => ({
  status: station.evses.some((evse) => evse.transaction !== undefined) ? 'Accepted' : 'Rejected',
});
