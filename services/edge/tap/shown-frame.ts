import type { ShownFrame, ShownPayload } from '../../../libs/link/mod.js';
import {
  checkCall,
  checkResult,
  decodeFrame,
  findAction,
  MASK,
  maskPayload,
  maskValues,
  type CallFrame,
  type Checked,
  type ErrorFrame,
  type Fault,
  type Party,
  type QuirkSet,
  type ResultFrame,
  type Version,
} from '../../../libs/ocpp/mod.js';
import { forLog } from '../for-log.js';
import { LOOKED_AT_BYTES, SHOWN_CHARACTERS } from './limits.js';
import type { OpenCall } from './open-calls.js';

/** Who sent a frame, and what is known of its connection. */
export interface Sent {
  readonly version: Version;
  readonly by: Party;
  /** Tolerated of the sender. */
  readonly quirks: QuirkSet;
  /** The CALL that a result or error with this id answers; undefined: it was not seen. */
  callOf(id: string): Pick<OpenCall, 'action' | 'mayHoldSecrets'> | undefined;
}

const TOO_LONG = `not shown: frames of more than ${LOOKED_AT_BYTES / 1024} KiB are not looked at`;
const UNREADABLE = 'not shown: what cannot be read may have a secret anywhere';
const INVALID = 'values are masked: what does not hold to its schema may have a secret anywhere';
const NO_CALL = 'not shown: the CALL of this id was not seen, and so it is not known what is secret';
const DESCRIPTION = 'the description is masked: its CALL has secrets, or was not seen';
const DETAILS = 'values are masked: the details of errors follow no schema';

/**
 * A frame as it may be shown, whatever its bytes: of a payload that holds to its schema what is no secret; of any other one its
 * form; of what is no OCPP frame nothing but its length, and what is wrong with it.
 */
export function showFrame(bytes: Uint8Array, sent: Sent): ShownFrame {
  const { length } = bytes;
  const decoded = decodeFrame(sent.version, bytes);
  if (!decoded.ok) {
    const { id = '', messageType = 0 } = decoded.fault;
    return { length, messageType: shownType(messageType), id, note: UNREADABLE, ...faultOf(decoded.fault) };
  }
  const { frame } = decoded;
  switch (frame.type) {
    case 2:
    case 6:
      return showCall(frame, length, sent);
    case 3:
      return showResult(frame, length, sent);
    case 4:
    case 5:
      return showError(frame, length, sent);
  }
}

function showCall(frame: CallFrame, length: number, { version, by, quirks }: Sent): ShownFrame {
  const { type: messageType, id } = frame;
  const action = forLog(frame.action);
  const head = { length, messageType, id, action };
  if (length > LOOKED_AT_BYTES) return { ...head, note: TOO_LONG };
  return { ...head, ...shown(action, frame.payload, checkCall(version, by, frame, quirks)) };
}

function showResult(frame: ResultFrame, length: number, { version, quirks, callOf }: Sent): ShownFrame {
  const { type: messageType, id } = frame;
  const action = callOf(id)?.action;
  const head = { length, messageType, id, ...(action !== undefined && { action }) };
  if (length > LOOKED_AT_BYTES) return { ...head, note: TOO_LONG };
  if (action === undefined || findAction(version, action)?.checkResponse === undefined) {
    return { ...head, note: NO_CALL };
  }
  return { ...head, ...shown(action, frame.payload, checkResult(version, action, frame, quirks)) };
}

function showError(frame: ErrorFrame, length: number, { by, callOf }: Sent): ShownFrame {
  const { type: messageType, id, code } = frame;
  const call = messageType === 4 ? callOf(id) : undefined;
  // A station may repeat in it what it was sent; the gateway's own descriptions name members, never values.
  const isHidden = by === 'station' && call?.mayHoldSecrets !== false && frame.description !== '';
  const description = isHidden ? MASK : String(maskPayload('', forLog(frame.description)));
  const error = { code: forLog(code), description };
  const head = { length, messageType, id, ...(call !== undefined && { action: call.action }), error };
  if (length > LOOKED_AT_BYTES) return { ...head, note: TOO_LONG };
  const payload = textOf(maskValues(frame.details));
  const notes = [...(isHidden ? [DESCRIPTION] : []), ...(payload.text === '{}' ? [] : [DETAILS])];
  return { ...head, payload, ...(notes.length > 0 && { note: notes.join('; ') }) };
}

/** Something in it was masked, or not shown: whoever answers it may repeat that. */
export function mayHoldSecrets({ payload }: ShownFrame): boolean {
  return payload === undefined || payload.cut || payload.text.includes(MASK);
}

function shown(
  action: string,
  payload: unknown,
  checked: Checked,
): Omit<ShownFrame, 'length' | 'messageType' | 'id'> {
  if (!checked.ok) {
    return { payload: textOf(maskValues(payload)), note: INVALID, ...faultOf(checked.fault) };
  }
  const { repaired } = checked;
  return {
    payload: textOf(maskPayload(action, checked.payload)),
    ...(repaired.length > 0 && { quirks: repaired }),
  };
}

/** A station may send any number; one that no message type can be is 0. */
const shownType = (type: number): number => (type >>> 0 === type ? type : 0);

const faultOf = ({ kind, detail }: Fault): Pick<ShownFrame, 'fault'> => ({
  fault: { kind, detail: forLog(detail) },
});

function textOf(payload: unknown): ShownPayload {
  const text = JSON.stringify(payload);
  if (text.length <= SHOWN_CHARACTERS) return { text, cut: false };
  // Half a character at the end becomes none.
  return { text: text.slice(0, SHOWN_CHARACTERS).replace(/[\uD800-\uDBFF]$/, ''), cut: true };
}
