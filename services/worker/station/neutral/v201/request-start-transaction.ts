import { PROFILE_NOTES, profileTo201 } from './charging-profile.js';
import { conversion } from './conversion.js';

export const requestStartTransaction = conversion(
  'RequestStartTransaction',
  PROFILE_NOTES,
  ({ chargingProfile, ...rest }) =>
    chargingProfile === undefined ? rest : { ...rest, chargingProfile: profileTo201(chargingProfile) },
);
