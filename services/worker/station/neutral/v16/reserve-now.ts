import { defined } from '../defined.js';
import { ID_TOKEN, idTagOf } from './id-tag.js';
import { oneCall, type Request16 } from './row.js';

/** 1.6 5.13. Connector 0: any connector, for stations that support it. */
export const reserveNow = oneCall('ReserveNow', 'ReserveNow', {
  notes: [
    'id becomes the reservationId, idToken the idTag, the group the parentIdTag (20 characters each), evseId the connectorId; without it, 0.',
    'The types of the tokens stay behind.',
  ],
  takes: {
    id: true,
    expiryDateTime: true,
    idToken: ID_TOKEN,
    groupIdToken: ID_TOKEN,
    evseId: true,
    connectorType: '1.6 reserves a connector by its number, not by its type; give evseId',
  },
  request: ({ id, expiryDateTime, idToken, groupIdToken, evseId }, no) =>
    defined<Request16<'ReserveNow'>>({
      connectorId: evseId ?? 0,
      expiryDate: expiryDateTime,
      idTag: idTagOf('/idToken', idToken, no),
      parentIdTag: groupIdToken === undefined ? undefined : idTagOf('/groupIdToken', groupIdToken, no),
      reservationId: id,
    }),
  response: ({ status }) => ({ status }),
});
