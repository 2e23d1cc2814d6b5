import { oneCall } from './row.js';

/** 1.6 5.1. */
export const cancelReservation = oneCall('CancelReservation', 'CancelReservation', {
  takes: { reservationId: true },
  request: ({ reservationId }) => ({ reservationId }),
  response: ({ status }) => ({ status }),
});
