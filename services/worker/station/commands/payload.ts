import type { Refusal } from '../../../../libs/dispatch/mod.js';
import { findAction, MAX_NESTING, type Version } from '../../../../libs/ocpp/mod.js';
import { hashText } from '../hash.js';
import { LIMITS } from '../limits.js';
import type { CommandMessage } from '../messages.js';
import { nestsDeeperThan } from '../nesting.js';
import { isObject } from '../vocabulary/tokens.js';

/** What a command must be in itself, whatever the state of its station. Faults say what to do. */

export const invalid = (description: string): Refusal => ({ reason: 'invalid', description });

const ID = /^[A-Za-z0-9_-]{1,36}$/;
/** Kept with the command and told in its events; those of OCPP have up to 33 characters. */
const ACTION = /^[A-Za-z0-9]{1,50}$/;
/** The CALL around the payload is one level. */
const MAX_PAYLOAD_NESTING = MAX_NESTING - 1;
/** Its own characters aside: what stands around the payload in a CALL. */
const AROUND_PAYLOAD = '[2,"","",]'.length;

/** Why `message` can be no command of any station. */
export function faultOf({ commandId, action, payload, terms, durable }: CommandMessage): string | undefined {
  if (!ID.test(commandId)) return 'commandId must be 1 to 36 of A-Z a-z 0-9 _ -';
  if (!ACTION.test(action)) return 'the action must be one of OCPP: 1 to 50 letters and digits';
  if (!isObject(payload)) return `${action}: the payload must be a JSON object`;
  if (nestsDeeperThan(MAX_PAYLOAD_NESTING, payload)) {
    return `${action}: the payload nests deeper than ${MAX_PAYLOAD_NESTING} levels`;
  }
  if ((durable?.supersedeKey?.length ?? 0) > LIMITS.supersedeKeyLength) {
    return `the supersede key is too long: use at most ${LIMITS.supersedeKeyLength} characters`;
  }
  switch (terms) {
    case 'own':
      return undefined;
    case 'neutral':
      return schemaFault('2.1', action, payload, 'OCPP 2.1, in whose terms the command is,');
    case '1.6':
    case '2.0.1':
    case '2.1':
      return schemaFault(terms, action, payload, `OCPP ${terms}, in whose terms the command is,`);
    default:
      return `${JSON.stringify(terms)} are no terms: use own, neutral, 1.6, 2.0.1 or 2.1`;
  }
}

/** What is wrong with the payload of a CALL to a station of `version`; the first field that breaks the schema. */
export function schemaFault(
  version: Version,
  action: string,
  payload: unknown,
  whose = `OCPP ${version}, which the station speaks,`,
): string | undefined {
  const spec = findAction(version, action);
  if (spec === undefined) return `${whose} has no action '${action}'`;
  if (spec.sender === 'station') return `${action} is sent by stations, not to them`;
  const violation = spec.checkRequest(payload);
  return violation && `${action}: ${violation.message}`;
}

/** `payload`: JSON text. Tells why its CALL fits on no bus. */
export function sizeFault(action: string, payload: string): string | undefined {
  // An id is ASCII, and so is an action that has passed a schema.
  const bytes = Buffer.byteLength(payload) + action.length + LIMITS.callIdLength + AROUND_PAYLOAD;
  return bytes > LIMITS.commandBytes
    ? `${action}: the payload is too large: send less than 1 MiB`
    : undefined;
}

/** Greater than 0. `payload`: JSON text. */
export function contentOf(action: string, terms: string, payload: string): number {
  return hashText(payload, hashText(`${terms}/${action}/`)) || 1;
}
