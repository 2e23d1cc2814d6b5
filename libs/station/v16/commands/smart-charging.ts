import { formatTimestamp } from '../../../ocpp/mod.js';
import { inAmperes } from '../../model/profile.js';
import { purposeOf, toProfile } from '../profiles.js';
import type { Handler16 } from './handler.js';

/** 1.6 5.16: a TxProfile needs a running transaction, a maximum belongs to the whole station. */
export const setChargingProfile: Handler16<'SetChargingProfile'> = ({ station }, request) => {
  const { connectorId, csChargingProfiles: profile } = request;
  const evse = station.evse(connectorId);
  if (connectorId !== 0 && evse === undefined) return { status: 'Rejected' };
  const purpose = profile.chargingProfilePurpose;
  if (purpose === 'TxProfile' && evse?.transaction === undefined) return { status: 'Rejected' };
  if (purpose === 'ChargePointMaxProfile' && connectorId !== 0) return { status: 'Rejected' };
  if (!station.profiles.set(toProfile(connectorId, profile))) return { status: 'Rejected' };
  station.afterAnswer(() => station.charging.applyLimits());
  return { status: 'Accepted' };
};

/** 1.6 5.5. */
export const clearChargingProfile: Handler16<'ClearChargingProfile'> = ({ station }, request) => {
  const { id, connectorId, chargingProfilePurpose, stackLevel } = request;
  const cleared = station.profiles.clear({
    ids: id === undefined ? undefined : [id],
    evseId: connectorId,
    purpose: chargingProfilePurpose === undefined ? undefined : purposeOf(chargingProfilePurpose),
    stackLevel,
  });
  station.afterAnswer(() => station.charging.applyLimits());
  return { status: cleared ? 'Accepted' : 'Unknown' };
};

/** 1.6 5.7. */
export const getCompositeSchedule: Handler16<'GetCompositeSchedule'> = ({ station }, request) => {
  const { connectorId, duration, chargingRateUnit: unit = 'W' } = request;
  if (connectorId !== 0 && station.evse(connectorId) === undefined) return { status: 'Rejected' };
  const now = station.clock.now();
  const stretches = station.charging.composite(connectorId, duration);
  return {
    status: 'Accepted',
    connectorId,
    scheduleStart: formatTimestamp(now),
    chargingSchedule: {
      duration,
      startSchedule: formatTimestamp(now),
      chargingRateUnit: unit,
      chargingSchedulePeriod: stretches.map(({ startPeriod, limitW }) => ({
        startPeriod,
        limit: unit === 'W' ? Math.round(limitW) : inAmperes(limitW),
      })),
    },
  };
};
