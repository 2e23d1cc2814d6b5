import { PROFILE_NOTES, profileTo201 } from './charging-profile.js';
import { conversion } from './conversion.js';

export const setChargingProfile = conversion(
  'SetChargingProfile',
  PROFILE_NOTES,
  ({ chargingProfile, ...rest }) => ({ ...rest, chargingProfile: profileTo201(chargingProfile) }),
);
