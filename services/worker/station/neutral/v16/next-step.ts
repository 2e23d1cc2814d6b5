import { findAction } from '../../../../../libs/ocpp/mod.js';
import type { Exchange, Payload, Step } from '../step.js';
import { misplaced } from '../takes.js';
import { ABSENT_16 } from './absent.js';
import { ROWS_16 } from './table.js';

/** The next step for a 1.6 station. */
export function nextStep16(action: string, payload: Payload, done: readonly Exchange[]): Step {
  const row = ROWS_16.get(action);
  if (row === undefined) return { unsupported: `OCPP 1.6 has no ${action}: ${ABSENT_16[action] ?? ''}` };
  const refuse = (words: string): Step => ({ unsupported: `${action} cannot be put in OCPP 1.6: ${words}` });
  const tooMuch = misplaced(payload, row.takes);
  if (tooMuch !== undefined) return refuse(tooMuch);
  const step = row.next(payload, done);
  if ('unsupported' in step) return refuse(step.unsupported);
  if (!('call' in step)) return step;
  const violation = findAction('1.6', step.call.action)?.checkRequest(step.call.payload);
  return violation === undefined ? step : refuse(`in ${step.call.action}, ${violation.message}`);
}
