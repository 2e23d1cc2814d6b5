import { connectorOf } from './places.js';
import { oneCall } from './row.js';

/** 1.6 5.2. */
export const changeAvailability = oneCall('ChangeAvailability', 'ChangeAvailability', {
  notes: ['evse.id becomes the connectorId; without evse it is 0, the whole station.'],
  takes: { operationalStatus: true, evse: { id: true, connectorId: true } },
  request: ({ evse, operationalStatus }, no) => ({
    connectorId: evse === undefined ? 0 : connectorOf(evse, no),
    type: operationalStatus,
  }),
  response: ({ status }) => ({ status }),
});
