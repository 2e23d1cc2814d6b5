import { notSupported } from '../outcomes.js';
import { CHARGING_PROFILE, PROFILE_NOTES, profileTo16 } from './charging-profile.js';
import { oneCall, type Response21 } from './row.js';

/** 1.6 5.16. */
export const setChargingProfile = oneCall('SetChargingProfile', 'SetChargingProfile', {
  notes: [
    'evseId becomes the connectorId; a transactionId must be a number as text; one schedule.',
    'ChargingStationMaxProfile becomes ChargePointMaxProfile; TxDefaultProfile and TxProfile stay; no other purposes, no dynamic profiles.',
    ...PROFILE_NOTES,
    'NotSupported is told as Rejected.',
  ],
  takes: { evseId: true, chargingProfile: CHARGING_PROFILE },
  request: ({ evseId, chargingProfile }, no) => ({
    connectorId: evseId,
    csChargingProfiles: profileTo16('/chargingProfile', chargingProfile, no),
  }),
  response: ({ status }): Response21<'SetChargingProfile'> =>
    status === 'NotSupported'
      ? { status: 'Rejected', statusInfo: notSupported('NotSupported: the station has no smart charging') }
      : { status },
});
