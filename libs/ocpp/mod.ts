/** The OCPP-J wire protocol: frames, actions, their types and checks, error codes. Pure: no I/O, no clock. */
export { VERSIONS, subprotocolOf, versionOfSubprotocol, type Version } from './versions.js';
export type { ActionName, Request, Response } from './messages.js';
export { actionsOf, findAction, type ActionSpec, type Party } from './actions.js';
export type { Check, Params, Violation } from './validation.js';
export {
  decodeFrame,
  MAX_ID_LENGTH,
  MAX_NESTING,
  type CallFrame,
  type Decoded,
  type ErrorFrame,
  type Frame,
  type ResultFrame,
} from './decode.js';
export {
  answerTo,
  encodeCall,
  encodeCallError,
  encodeCallRaw,
  encodeCallResult,
  encodeCallResultError,
  encodeCallResultRaw,
  encodeSend,
  payloadText,
} from './encode.js';
export { MASK, maskPayload, maskValues } from './mask.js';
export { MessageType } from './message-type.js';
export { checkCall, checkResult, type Checked } from './check.js';
export { errorCodeOf, faultKindOf, type Fault, type FaultKind } from './faults.js';
export { DEFAULT_QUIRKS, isQuirk, QUIRKS, type Quirk, type QuirkInfo, type QuirkSet } from './quirks.js';
export { formatTimestamp, parseTimestamp, type Timestamp, type TimestampQuirk } from './timestamps.js';
