import { defined } from '../defined.js';
import { CHARGING_PROFILE, PROFILE_NOTES, profileTo16 } from './charging-profile.js';
import { ID_TOKEN, idTagOf } from './id-tag.js';
import { singleConnectorOf } from './places.js';
import { oneCall, type Request16 } from './row.js';

const PATHS = { id: '/evseId', connectorId: '/evseId' };

/** 1.6 5.11. */
export const requestStartTransaction = oneCall('RequestStartTransaction', 'RemoteStartTransaction', {
  notes: [
    'idToken becomes the idTag (1 to 20 characters), evseId the connectorId.',
    'remoteStartId and the type of the token stay behind; the gateway knows the transaction that follows by its idTag and connector.',
    'A charging profile must be a TxProfile without a transactionId.',
    ...PROFILE_NOTES,
  ],
  takes: {
    idToken: ID_TOKEN,
    remoteStartId: true,
    evseId: true,
    chargingProfile: {
      ...CHARGING_PROFILE,
      transactionId: 'the transaction has none before it has begun; leave it out',
    },
    groupIdToken: '1.6 starts for a token without its group; leave it out',
  },
  request({ idToken, evseId, chargingProfile }, no) {
    if (chargingProfile !== undefined && chargingProfile.chargingProfilePurpose !== 'TxProfile') {
      no.raise('/chargingProfile/chargingProfilePurpose', 'must be TxProfile in a remote start');
    }
    return defined<Request16<'RemoteStartTransaction'>>({
      connectorId: evseId === undefined ? undefined : singleConnectorOf({ id: evseId }, no, PATHS),
      idTag: idTagOf('/idToken', idToken, no),
      chargingProfile:
        chargingProfile === undefined ? undefined : profileTo16('/chargingProfile', chargingProfile, no),
    });
  },
  response: ({ status }) => ({ status }),
});
