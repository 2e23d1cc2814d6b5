import { findAction, type Version } from '../../../../libs/ocpp/mod.js';
import type { Exchange, Payload, Step } from './step.js';
import { nextStep16 } from './v16/next-step.js';
import { nextStep201 } from './v201/next-step.js';

/**
 * The next step of a neutral command: `action` and `payload` are of OCPP 2.1, whose request schema the payload has passed;
 * the station speaks `version`. `done`: the CALLs that were sent for it and their answers, in order. Pure; the same
 * arguments give the same step.
 *
 * Guarantees: a CALL passes the request schema of `version`; a result passes 2.1's response schema; a station's CALLERROR is
 * passed as it is; nothing of the request is dropped in silence but what 2.1 demands and the older version has no use
 * for (NEUTRAL_TABLE names it); the steps come to an end.
 */
export function nextStep(
  version: Version,
  action: string,
  payload: Payload,
  done: readonly Exchange[],
): Step {
  const sender = findAction('2.1', action)?.sender;
  if (sender !== 'csms' && sender !== 'both') return { unsupported: `OCPP 2.1 has no command '${action}'` };
  switch (version) {
    case '1.6':
      return nextStep16(action, payload, done);
    case '2.0.1':
      return nextStep201(action, payload, done);
    case '2.1':
      return nextStep21(action, payload, done);
  }
}

function nextStep21(action: string, payload: Payload, [exchange]: readonly Exchange[]): Step {
  return exchange === undefined ? { call: { action, payload } } : { outcome: exchange.outcome };
}
