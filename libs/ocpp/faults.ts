import type { Violation } from './validation.js';
import type { Version } from './versions.js';

/** What is wrong with a frame of the peer, or why it is not served. */
export interface Fault {
  readonly kind: FaultKind;
  /** The message id, when one could be read. */
  readonly id: string | undefined;
  /** The message type number, when one could be read. */
  readonly messageType: number | undefined;
  /** One line for people: where and what. */
  readonly detail: string;
}

export type FaultKind = keyof typeof ERROR_CODES;

/**
 * The error code that answers each fault, per version; undefined: nothing is answered. In 1.6 nothing is answered
 * either when the message id could not be read; in 2.x the id is then "-1" (2.0.1 part 4, 4.2.3).
 */
const ERROR_CODES = {
  /** Not UTF-8, not JSON, or nested too deeply. */
  not_json: row('FormationViolation', 'RpcFrameworkError', 'RpcFrameworkError'),
  /** JSON, but not `[type, id, …]` with the right number of elements of the right types. */
  bad_envelope: row('FormationViolation', 'RpcFrameworkError', 'RpcFrameworkError'),
  /** The id is not a string of 1 to 36 characters. */
  bad_id: row('FormationViolation', 'RpcFrameworkError', 'RpcFrameworkError'),
  unknown_message_type: row(undefined, 'MessageTypeNotSupported', undefined),
  unknown_action: row('NotImplemented', 'NotImplemented', 'NotImplemented'),
  /** The other side's action, a SEND as a CALL, or one that is not supported here. */
  not_supported: row('NotSupported', 'NotSupported', 'NotSupported'),
  /** The payload is not an object, or holds members that its type does not have. */
  bad_structure: row('FormationViolation', 'FormatViolation', 'FormatViolation'),
  /** Another JSON type than the schema's. */
  wrong_type: row('TypeConstraintViolation', 'TypeConstraintViolation', 'TypeConstraintViolation'),
  /** A missing member; too few or too many elements. The misspelling is 1.6's own. */
  wrong_occurrence: row(
    'OccurenceConstraintViolation',
    'OccurrenceConstraintViolation',
    'OccurrenceConstraintViolation',
  ),
  /** Right type, but a value that is not allowed. */
  wrong_value: row(
    'PropertyConstraintViolation',
    'PropertyConstraintViolation',
    'PropertyConstraintViolation',
  ),
  /** A CALL before the station was accepted. */
  not_accepted: row('SecurityError', 'SecurityError', 'SecurityError'),
  /** Another CALL under the id of one that is in flight. */
  id_in_use: row('GenericError', 'RpcFrameworkError', 'RpcFrameworkError'),
  /** More CALLs at once than are kept waiting. */
  too_many_calls: row('GenericError', 'GenericError', 'GenericError'),
  /** Nobody could answer in time. */
  not_processed: row('InternalError', 'InternalError', 'InternalError'),
} as const;

type Row = Readonly<Record<Version, string | undefined>>;

function row(v16: string | undefined, v201: string | undefined, v21: string | undefined): Row {
  return { '1.6': v16, '2.0.1': v201, '2.1': v21 };
}

export const FAULT_KINDS = Object.keys(ERROR_CODES) as readonly FaultKind[];

/** The OCPP error code for a fault; undefined: nothing is answered, log and count it. */
export function errorCodeOf(version: Version, kind: FaultKind): string | undefined {
  return ERROR_CODES[kind][version];
}

/** The kind of fault that breaking each JSON Schema keyword is. */
const KIND_OF_KEYWORD: Readonly<Record<string, FaultKind>> = {
  additionalProperties: 'bad_structure',
  type: 'wrong_type',
  required: 'wrong_occurrence',
  minItems: 'wrong_occurrence',
  maxItems: 'wrong_occurrence',
  minProperties: 'wrong_occurrence',
  enum: 'wrong_value',
  maxLength: 'wrong_value',
  minLength: 'wrong_value',
  format: 'wrong_value',
  minimum: 'wrong_value',
  maximum: 'wrong_value',
  multipleOf: 'wrong_value',
  uniqueItems: 'wrong_value',
};

export function faultKindOf(violation: Violation): FaultKind {
  if (violation.path === '' && violation.keyword === 'type') return 'bad_structure';
  return KIND_OF_KEYWORD[violation.keyword] ?? 'bad_structure';
}
