import type { Evse, Reservation } from './model/evse.js';
import type { Station } from './station.js';

export type ReserveOutcome = 'Accepted' | 'Occupied' | 'Faulted' | 'Unavailable' | 'Rejected';

/**
 * Holds an EVSE for a token until the reservation is used, cancelled or expired (H01, 1.6 5.13). The same id replaces its
 * reservation. `expired` is called when nobody came.
 */
export function reserve(
  station: Station,
  evse: Evse,
  reservation: Reservation,
  expired: () => void,
): ReserveOutcome {
  if (evse.status === 'Faulted') return 'Faulted';
  if (evse.status === 'Unavailable') return 'Unavailable';
  const occupied = evse.busy || (evse.reservation !== undefined && evse.reservation.id !== reservation.id);
  if (occupied) return 'Occupied';
  const wait = reservation.expiresAt - station.clock.now();
  if (wait <= 0) return 'Rejected';
  evse.reservation = reservation;
  station.timers.after(wait, () => {
    if (evse.reservation !== reservation) return;
    release(station, evse);
    expired();
  });
  station.afterAnswer(() => station.setStatus(evse, evse.busy ? evse.status : 'Reserved'));
  return 'Accepted';
}

/** False when there is no such reservation. */
export function cancelReservation(station: Station, reservationId: number): boolean {
  const evse = station.evses.find((candidate) => candidate.reservation?.id === reservationId);
  if (evse === undefined) return false;
  station.afterAnswer(() => release(station, evse));
  return true;
}

function release(station: Station, evse: Evse): void {
  evse.reservation = undefined;
  if (!evse.busy) station.setStatus(evse, evse.restStatus);
}
