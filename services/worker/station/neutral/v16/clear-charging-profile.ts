import { defined } from '../defined.js';
import { PURPOSES_16 } from './charging-profile.js';
import { oneCall, type Request16 } from './row.js';

/** 1.6 5.5. */
export const clearChargingProfile = oneCall('ClearChargingProfile', 'ClearChargingProfile', {
  notes: ['chargingProfileId becomes the id; evseId of the criteria the connectorId.'],
  takes: {
    chargingProfileId: true,
    chargingProfileCriteria: { evseId: true, chargingProfilePurpose: true, stackLevel: true },
  },
  request({ chargingProfileId, chargingProfileCriteria: criteria = {} }, no) {
    const purpose = criteria.chargingProfilePurpose;
    return defined<Request16<'ClearChargingProfile'>>({
      id: chargingProfileId,
      connectorId: criteria.evseId,
      chargingProfilePurpose:
        purpose === undefined
          ? undefined
          : no.choice('/chargingProfileCriteria/chargingProfilePurpose', purpose, PURPOSES_16),
      stackLevel: criteria.stackLevel,
    });
  },
  response: ({ status }) => ({ status }),
});
