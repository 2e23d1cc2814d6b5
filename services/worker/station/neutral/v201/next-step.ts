import { findAction, type Violation } from '../../../../../libs/ocpp/mod.js';
import { resultOf } from '../outcomes.js';
import type { Action21, Exchange, Payload, Step } from '../step.js';
import { ABSENT_201 } from './absent.js';
import { CONVERSIONS_201 } from './table.js';

/** The next step for a 2.0.1 station. */
export function nextStep201(action: string, payload: Payload, [exchange]: readonly Exchange[]): Step {
  const spec = findAction('2.0.1', action);
  if (spec === undefined) return { unsupported: `OCPP 2.0.1 has no ${action}: ${ABSENT_201[action] ?? ''}` };
  if (exchange !== undefined) {
    const { outcome } = exchange;
    return outcome.status === 'error' ? { outcome } : resultOf(action as Action21, outcome.payload as object);
  }
  const converted = CONVERSIONS_201.get(action)?.convert(payload) ?? payload;
  const violation = spec.checkRequest(converted);
  if (violation === undefined) return { call: { action, payload: converted } };
  return { unsupported: `${action} cannot be put in OCPP 2.0.1: ${wordsFor(violation)}` };
}

/** The payload has passed 2.1's schema: what is told is how 2.0.1's is narrower. */
function wordsFor({ keyword, path, message }: Violation): string {
  switch (keyword) {
    case 'additionalProperties':
      return `${path}: has no place there; leave it out`;
    case 'required':
      return `${path}: is required there`;
    default:
      return `${message} there`;
  }
}
