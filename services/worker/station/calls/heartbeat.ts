import { formatTimestamp } from '../../../../libs/ocpp/mod.js';
import type { PlainRow } from './row.js';

/** Carries no fact: nothing is written. */
export const heartbeat: PlainRow<object, { currentTime: string }> = {
  answer: (turn) => ({ currentTime: formatTimestamp(turn.time) }),
};
