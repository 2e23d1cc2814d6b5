import { errorCodeOf, faultKindOf, findAction } from '../../../../libs/ocpp/mod.js';
import type { Action21, Exchange, Step } from './step.js';

/** 2.1's StatusInfo. `reasonCode`: one of the standard's list, at most 20 characters. */
export interface StatusInfo {
  readonly reasonCode: string;
  readonly additionalInfo: string;
}

const MAX_INFO = 1024;

export function statusInfo(
  reasonCode: string,
  words: string,
): { reasonCode: string; additionalInfo: string } {
  return { reasonCode, additionalInfo: words.length > MAX_INFO ? `${words.slice(0, MAX_INFO - 1)}…` : words };
}

/** What the station said that 2.1 has no status for. */
export const notSupported = (words: string): StatusInfo => statusInfo('UnsupportedRequest', words);

/** The command's result, if it has 2.1's form; else an error that says what about the station's answer has none. */
export function resultOf(action: Action21, payload: object): Step {
  const violation = findAction('2.1', action)?.checkResponse?.(payload);
  if (violation === undefined) return { outcome: { status: 'result', payload } };
  const code = errorCodeOf('2.1', faultKindOf(violation)) ?? 'GenericError';
  const description = `the station's answer has no form in OCPP 2.1: ${violation.message}`;
  return { outcome: { status: 'error', code, description, details: {} } };
}

/** True when the station says that it has not such a message. */
export const isMissing = ({ outcome }: Exchange): boolean =>
  outcome.status === 'error' && (outcome.code === 'NotSupported' || outcome.code === 'NotImplemented');
