import { parseTimestamp, type Request } from '../../../ocpp/mod.js';
import type { Evse } from '../../model/evse.js';
import * as reservations from '../../reservations.js';
import type { Station } from '../../station.js';
import type { Handler2x } from './handler.js';

function tellExpired(station: Station, reservationId: number): void {
  const request: Request<'2.1', 'ReservationStatusUpdate'> = {
    reservationId,
    reservationUpdateStatus: 'Expired',
  };
  station.session.call('ReservationStatusUpdate', request);
}

/** An EVSE for whoever names none: that of the same reservation, else a free one, else any. */
function choose(station: Station, evseId: number | undefined, reservationId: number): Evse | undefined {
  if (evseId !== undefined && evseId !== 0) return station.evse(evseId);
  return (
    station.evses.find((evse) => evse.reservation?.id === reservationId) ??
    station.evses.find((evse) => evse.status === 'Available') ??
    station.evses[0]
  );
}

/** 2.0.1 H01. */
export const reserveNow: Handler2x<'ReserveNow'> = ({ station }, request) => {
  const evse = choose(station, request.evseId, request.id);
  if (evse === undefined) return { status: 'Rejected' };
  const reservation = {
    id: request.id,
    idToken: request.idToken.idToken,
    groupIdToken: request.groupIdToken?.idToken,
    expiresAt: parseTimestamp(request.expiryDateTime)?.at ?? 0,
  };
  const expired = () => tellExpired(station, request.id);
  return { status: reservations.reserve(station, evse, reservation, expired) };
};

/** 2.0.1 H02. */
export const cancelReservation: Handler2x<'CancelReservation'> = ({ station }, { reservationId }) => ({
  status: reservations.cancelReservation(station, reservationId) ? 'Accepted' : 'Rejected',
});
