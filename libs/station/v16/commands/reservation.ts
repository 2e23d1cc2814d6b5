import { parseTimestamp } from '../../../ocpp/mod.js';
import * as reservations from '../../reservations.js';
import type { Handler16 } from './handler.js';

/** 1.6 5.13. Connector 0 is not offered (ReserveConnectorZeroSupported). */
export const reserveNow: Handler16<'ReserveNow'> = ({ station }, request) => {
  const evse = station.evse(request.connectorId);
  if (evse === undefined) return { status: 'Rejected' };
  const reservation = {
    id: request.reservationId,
    idToken: request.idTag,
    groupIdToken: request.parentIdTag,
    expiresAt: parseTimestamp(request.expiryDate)?.at ?? 0,
  };
  return { status: reservations.reserve(station, evse, reservation, () => undefined) };
};

export const cancelReservation: Handler16<'CancelReservation'> = ({ station }, { reservationId }) => ({
  status: reservations.cancelReservation(station, reservationId) ? 'Accepted' : 'Rejected',
});
