import { codePoints } from './formats.js';
import { EMPTY_OBJECT, locatePayload, nestsDeeperThan, readHeader } from './locate.js';
import type { Fault, FaultKind } from './faults.js';
import { MessageType } from './message-type.js';
import { readPlainCall } from './plain-call.js';
import { utf8 } from './utf8.js';
import type { Version } from './versions.js';

/** A CALL, or a SEND (2.1). */
export interface CallFrame {
  readonly type: 2 | 6;
  readonly id: string;
  readonly action: string;
  /** A JSON object, not checked against its schema yet. */
  readonly payload: unknown;
  /** The payload's JSON text in UTF-8: a view of the bytes that were decoded, or a constant. */
  readonly raw: Uint8Array;
}

export interface ResultFrame {
  readonly type: 3;
  readonly id: string;
  /** A JSON object, not checked against its schema yet. */
  readonly payload: unknown;
  /** The payload's JSON text in UTF-8: a view of the bytes that were decoded. */
  readonly raw: Uint8Array;
}

/** A CALLERROR, or a CALLRESULTERROR (2.1). */
export interface ErrorFrame {
  readonly type: 4 | 5;
  readonly id: string;
  readonly code: string;
  /** Empty when there is none. */
  readonly description: string;
  /** A JSON object. */
  readonly details: unknown;
  /** The JSON text of `details` in UTF-8. */
  readonly raw: Uint8Array;
}

export type Frame = CallFrame | ResultFrame | ErrorFrame;

export type Decoded =
  { readonly ok: true; readonly frame: Frame } | { readonly ok: false; readonly fault: Fault };

/** Longest message id, in characters. */
export const MAX_ID_LENGTH = 36;

/** Deepest nesting of arrays and objects in a frame; OCPP's own types need about ten. */
export const MAX_NESTING = 512;

/** Reads one text frame, UTF-8 in `bytes`. Never throws, whatever the bytes. */
export function decodeFrame(version: Version, bytes: Uint8Array): Decoded {
  // A document nested n deep has at least 2n bytes: short frames, nearly all, need no look.
  if (bytes.length <= 2 * MAX_NESTING) {
    const frame = readPlainCall(bytes, MAX_ID_LENGTH);
    if (frame !== undefined) return { ok: true, frame };
  } else if (nestsDeeperThan(MAX_NESTING, bytes)) {
    return notJson(bytes, `nested deeper than ${MAX_NESTING} levels`);
  }
  let message: unknown;
  try {
    message = JSON.parse(utf8.decode(bytes));
  } catch {
    return notJson(bytes, 'not a JSON text in UTF-8');
  }
  if (!Array.isArray(message)) return failed('bad_envelope', undefined, undefined, 'not a JSON array');
  return readMessage(version, message, bytes);
}

function readMessage(version: Version, message: readonly unknown[], bytes: Uint8Array): Decoded {
  const type = message[0];
  const id = message[1];
  if (typeof type !== 'number') {
    return failed('bad_envelope', isId(id) ? id : undefined, undefined, 'the message type is not a number');
  }
  if (!isMessageType(version, type)) {
    const detail = `message type ${type} does not exist in OCPP ${version}`;
    return failed('unknown_message_type', isId(id) ? id : undefined, type, detail);
  }
  if (!isId(id)) return badId(type, id);
  switch (type) {
    case MessageType.CALL:
    case MessageType.SEND:
      return readCall(version, type, id, message, bytes);
    case MessageType.CALLRESULT:
      return readResult(version, id, message, bytes);
    case MessageType.CALLERROR:
    case MessageType.CALLRESULTERROR:
      return readError(type, id, message, bytes);
  }
}

function isMessageType(version: Version, type: number): type is 2 | 3 | 4 | 5 | 6 {
  return type === 2 || type === 3 || type === 4 || ((type === 5 || type === 6) && version === '2.1');
}

/** Half of a character that UTF-16 writes as two; JSON can escape it, UTF-8 cannot hold it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Length is counted in characters; `length`, cheaper, is never smaller. An id with a lone surrogate would become another
 * one on its way to the worker, and its CALL would wait in vain.
 */
function isId(id: unknown): id is string {
  return (
    typeof id === 'string' &&
    id !== '' &&
    (id.length <= MAX_ID_LENGTH || codePoints(id) <= MAX_ID_LENGTH) &&
    !LONE_SURROGATE.test(id)
  );
}

function badId(messageType: number, id: unknown): Decoded {
  if (id === undefined) return failed('bad_envelope', undefined, messageType, 'the message id is missing');
  const detail = `the message id is not a string of 1 to ${MAX_ID_LENGTH} Unicode characters`;
  return failed('bad_id', undefined, messageType, detail);
}

function readCall(
  version: Version,
  type: 2 | 6,
  id: string,
  message: readonly unknown[],
  bytes: Uint8Array,
): Decoded {
  const action = message[2];
  const payload = message[3];
  if (message.length !== 4)
    return failed('bad_envelope', id, type, `${message.length} elements instead of 4`);
  if (typeof action !== 'string') return failed('bad_envelope', id, type, 'the action is not a string');
  if (isObject(payload)) {
    return { ok: true, frame: { type, id, action, payload, raw: locatePayload(bytes, id, action) } };
  }
  if (isAbsent(version, payload)) {
    return { ok: true, frame: { type, id, action, payload: {}, raw: EMPTY_OBJECT } };
  }
  return failed('bad_structure', id, type, 'payload: must be an object');
}

function readResult(version: Version, id: string, message: readonly unknown[], bytes: Uint8Array): Decoded {
  const payload = message[2];
  if (message.length !== 3) return failed('bad_envelope', id, 3, `${message.length} elements instead of 3`);
  if (isObject(payload)) return { ok: true, frame: { type: 3, id, payload, raw: locatePayload(bytes, id) } };
  if (isAbsent(version, payload)) return { ok: true, frame: { type: 3, id, payload: {}, raw: EMPTY_OBJECT } };
  return failed('bad_structure', id, 3, 'payload: must be an object');
}

/**
 * A description or details that are missing or of the wrong type are taken as empty: who waits for the answer is better
 * served by the code alone than by a timeout.
 */
function readError(type: 4 | 5, id: string, message: readonly unknown[], bytes: Uint8Array): Decoded {
  const [, , code, description, details] = message;
  if (message.length < 3 || message.length > 5) {
    return failed('bad_envelope', id, type, `${message.length} elements instead of 5`);
  }
  if (typeof code !== 'string') return failed('bad_envelope', id, type, 'the error code is not a string');
  const text = typeof description === 'string' ? description : '';
  const hasDetails = typeof description === 'string' && isObject(details);
  const raw = hasDetails ? locatePayload(bytes, id, code, description) : EMPTY_OBJECT;
  return { ok: true, frame: { type, id, code, description: text, details: hasDetails ? details : {}, raw } };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** 1.6J 4.2: a `null` payload stands for an empty one. */
const isAbsent = (version: Version, payload: unknown): boolean => version === '1.6' && payload === null;

function notJson(bytes: Uint8Array, detail: string): Decoded {
  const { type, id } = readHeader(bytes);
  return failed('not_json', isId(id) ? id : undefined, type, detail);
}

function failed(
  kind: FaultKind,
  id: string | undefined,
  messageType: number | undefined,
  detail: string,
): Decoded {
  return { ok: false, fault: { kind, id, messageType, detail } };
}
