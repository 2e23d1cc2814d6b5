import { errorCodeOf, type Fault } from './faults.js';
import { MessageType } from './message-type.js';
import type { Version } from './versions.js';

/** Longest `errorDescription` (2.0.1 part 4, 4.2.3), in characters. */
const MAX_DESCRIPTION = 255;

// A payload is a JSON object; members that are undefined are left out.

export function encodeCall(id: string, action: string, payload: object): string {
  return JSON.stringify([MessageType.CALL, id, action, payload]);
}

/** 2.1: never answered. */
export function encodeSend(id: string, action: string, payload: object): string {
  return JSON.stringify([MessageType.SEND, id, action, payload]);
}

export function encodeCallResult(id: string, payload: object): string {
  return encodeCallResultRaw(id, payloadText(payload));
}

/** JSON text of a payload. Most CALLs are answered with an empty object. */
export function payloadText(payload: object): string {
  return Object.keys(payload).length === 0 ? '{}' : JSON.stringify(payload);
}

/** `json` is the payload's JSON text, an object. */
export function encodeCallRaw(id: string, action: string, json: string): string {
  return `[${MessageType.CALL},${quoted(id)},${quoted(action)},${json}]`;
}

/** `json` is the payload's JSON text, an object. */
export function encodeCallResultRaw(id: string, json: string): string {
  return `[${MessageType.CALLRESULT},${quoted(id)},${json}]`;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** As `JSON.stringify(text)`: in a third of the time for a short text of plain characters, as ids and actions are. */
function quoted(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return JSON.stringify(text);
  }
  return `"${text}"`;
}

export function encodeCallError(id: string, code: string, description: string, details: object = {}): string {
  return JSON.stringify([MessageType.CALLERROR, id, code, cut(description), details]);
}

/** 2.1: says that a CALLRESULT could not be used. */
export function encodeCallResultError(
  id: string,
  code: string,
  description: string,
  details: object = {},
): string {
  return JSON.stringify([MessageType.CALLRESULTERROR, id, code, cut(description), details]);
}

function cut(description: string): string {
  if (description.length <= MAX_DESCRIPTION) return description;
  return [...description.slice(0, 2 * MAX_DESCRIPTION)].slice(0, MAX_DESCRIPTION).join('');
}

/**
 * The frame that answers a fault; undefined when nothing may be sent: no code for it in this version, an id that could
 * not be read (1.6), a result (a bad CALLRESULT gets a CALLRESULTERROR in 2.1 only), an error, a SEND.
 */
export function answerTo(version: Version, fault: Fault): string | undefined {
  const code = errorCodeOf(version, fault.kind);
  if (code === undefined) return undefined;
  if (fault.messageType === MessageType.CALLRESULT) {
    const isAnswered = version === '2.1' && fault.id !== undefined;
    return isAnswered ? encodeCallResultError(fault.id, code, fault.detail) : undefined;
  }
  if (isNeverAnswered(version, fault.messageType)) return undefined;
  const id = answerId(version, fault);
  return id === undefined ? undefined : encodeCallError(id, code, fault.detail);
}

/** Before 2.1 the types 5 and 6 are unknown ones. */
function isNeverAnswered(version: Version, messageType: number | undefined): boolean {
  if (messageType === MessageType.CALLERROR) return true;
  const isNew = messageType === MessageType.CALLRESULTERROR || messageType === MessageType.SEND;
  return isNew && version === '2.1';
}

/** What is not JSON is answered under "-1" in 2.x, under the id in 1.6 if one can be read. */
function answerId(version: Version, fault: Fault): string | undefined {
  if (version === '1.6') return fault.id;
  return fault.kind === 'not_json' ? '-1' : (fault.id ?? '-1');
}
