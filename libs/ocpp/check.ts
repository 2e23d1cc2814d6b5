import { findAction, type ActionSpec, type Party } from './actions.js';
import type { CallFrame } from './decode.js';
import { faultKindOf, type Fault, type FaultKind } from './faults.js';
import type { Quirk, QuirkSet } from './quirks.js';
import { repair } from './repair.js';
import type { Check, Violation } from './validation.js';
import type { Version } from './versions.js';

export type Checked =
  | {
      readonly ok: true;
      /** Valid by its schema. */
      readonly payload: unknown;
      /** The JSON text of `payload` in UTF-8: what was decoded, or encoded anew when quirks repaired it. */
      readonly raw: Uint8Array;
      /** The quirks that made it valid; mostly none. */
      readonly repaired: readonly Quirk[];
    }
  | { readonly ok: false; readonly fault: Fault };

const NONE: readonly Quirk[] = [];
const encoder = new TextEncoder();

/** Checks a CALL or SEND that `sender` sent: the action is known, is for `sender` to send, and its payload is valid. */
export function checkCall(version: Version, sender: Party, frame: CallFrame, quirks: QuirkSet): Checked {
  const spec = findAction(version, frame.action);
  if (spec === undefined) {
    return failed('unknown_action', frame, `${quote(frame.action)} is not an action of OCPP ${version}`);
  }
  if (!maySend(sender, spec, frame)) {
    const detail = `${spec.name} is not a ${frame.type === 2 ? 'CALL' : 'SEND'} that a ${sender} sends`;
    return failed('not_supported', frame, detail);
  }
  return checkPayload(spec.checkRequest, spec.name, frame, quirks);
}

/** Checks a CALLRESULT to a CALL of `action`. `frame.raw` matters only for what is given back. */
export function checkResult(
  version: Version,
  action: string,
  frame: { readonly id: string; readonly payload: unknown; readonly raw: Uint8Array },
  quirks: QuirkSet,
): Checked {
  const check = findAction(version, action)?.checkResponse;
  if (check === undefined) throw new Error(`OCPP ${version} has no result of ${action}`);
  return checkPayload(check, action, { ...frame, type: 3 }, quirks);
}

interface PayloadFrame {
  readonly type: number;
  readonly id: string;
  readonly payload: unknown;
  readonly raw: Uint8Array;
}

function checkPayload(check: Check, action: string, frame: PayloadFrame, quirks: QuirkSet): Checked {
  const violation = check(frame.payload);
  if (violation === undefined) return { ok: true, payload: frame.payload, raw: frame.raw, repaired: NONE };
  const result = repair(frame.payload, violation, check, action, quirks, frame.raw.length);
  if ('keyword' in result) return violated(frame, result);
  const raw = encoder.encode(JSON.stringify(result.payload));
  return { ok: true, payload: result.payload, raw, repaired: result.quirks };
}

function maySend(sender: Party, spec: ActionSpec, frame: CallFrame): boolean {
  if (spec.sender !== sender && spec.sender !== 'both') return false;
  return spec.kind === (frame.type === 2 ? 'call' : 'send');
}

const violated = (frame: PayloadFrame, violation: Violation): Checked =>
  failed(faultKindOf(violation), frame, violation.message);

function failed(
  kind: FaultKind,
  frame: { readonly type: number; readonly id: string },
  detail: string,
): Checked {
  return { ok: false, fault: { kind, id: frame.id, messageType: frame.type, detail } };
}

/** An action name is the peer's and may be of any length. */
const quote = (name: string): string => JSON.stringify(name.length <= 50 ? name : `${name.slice(0, 50)}…`);
