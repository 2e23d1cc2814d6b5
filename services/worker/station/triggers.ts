import { LIMITS } from './limits.js';
import type { StationState, Trigger } from './state.js';
import type { Turn } from './turn.js';
import { isObject } from './vocabulary/tokens.js';

/** What a pending station was told to send, and may therefore send before it is accepted (B02.FR.02). */

/** A station that accepted a trigger sends its messages within this time. */
const MESSAGE_MS = 60_000;
/** The next part of a report comes within this time. */
const REPORT_MS = 10 * 60_000;

/** The actions that TriggerMessage's values name, where they are not the action itself. */
const TRIGGERED: Readonly<Record<string, readonly string[]>> = {
  FirmwareStatusNotification: ['FirmwareStatusNotification', 'SignedFirmwareStatusNotification'],
  SignChargePointCertificate: ['SignCertificate'],
  SignChargingStationCertificate: ['SignCertificate'],
  SignV2GCertificate: ['SignCertificate'],
  SignV2G20Certificate: ['SignCertificate'],
  SignCombinedCertificate: ['SignCertificate'],
};

/** Notes that a command is sent; only while the station is pending does it matter. */
export function noteTrigger(
  turn: Turn,
  commandId: string,
  action: string,
  payload: unknown,
  timeoutMs: number,
): void {
  const { state, now } = turn;
  if (state.registration !== 'Pending' || !isObject(payload)) return;
  const expected = expectedOf(action, payload).map(({ requestId, ...trigger }) => ({
    ...trigger,
    requestId,
    commandId,
    until: now + timeoutMs + (requestId === undefined ? MESSAGE_MS : REPORT_MS),
  }));
  if (expected.length === 0) return;
  const current = state.triggers.filter(({ until }) => until > now);
  state.triggers = [...current, ...expected].slice(-LIMITS.triggers);
}

function expectedOf(
  action: string,
  { requestedMessage, requestId }: Readonly<Record<string, unknown>>,
): Pick<Trigger, 'action' | 'requestId'>[] {
  switch (action) {
    case 'TriggerMessage':
    case 'ExtendedTriggerMessage': {
      const message = String(requestedMessage);
      return (TRIGGERED[message] ?? [message]).map((one) => ({ action: one, requestId: undefined }));
    }
    case 'GetBaseReport':
    case 'GetReport':
      return [{ action: 'NotifyReport', requestId: requestId as number }];
    default:
      return [];
  }
}

/** The station's answer to a command: only an accepted one lets its messages through. */
export function settleTrigger(turn: Turn, commandId: string, answer: unknown): void {
  const { triggers } = turn.state;
  if (!triggers.some((one) => one.commandId === commandId)) return;
  if (isObject(answer) && answer.status === 'Accepted') return;
  turn.state.triggers = triggers.filter((one) => one.commandId !== commandId);
}

export function isTriggered(state: StationState, action: string, payload: unknown, now: number): boolean {
  return state.triggers.some((one) => matches(one, action, payload, now));
}

/** A report lets further parts through until its last one has come. */
export function noteTriggeredCall(turn: Turn, action: string, payload: unknown): void {
  const { state, now } = turn;
  if (state.triggers.length === 0 || action !== 'NotifyReport' || !isObject(payload)) return;
  state.triggers = state.triggers.flatMap((one) => {
    if (!matches(one, action, payload, now)) return [one];
    return payload.tbc === true ? [{ ...one, until: now + REPORT_MS }] : [];
  });
}

function matches(trigger: Trigger, action: string, payload: unknown, now: number): boolean {
  if (trigger.action !== action || trigger.until <= now) return false;
  return trigger.requestId === undefined || (isObject(payload) && payload.requestId === trigger.requestId);
}
