import type { RegistrationStatus } from '../../../libs/api/mod.js';
import type { Version } from '../../../libs/ocpp/mod.js';
import type { StationState } from './state.js';
import { isTriggered } from './triggers.js';
import type { Turn } from './turn.js';

/** The registration gate (CONFORMANCE 3). It belongs to the station: a new connection does not change it. */

export function register(turn: Turn, status: RegistrationStatus): void {
  turn.state.registration = status;
  turn.state.triggers = [];
}

/** False: the CALL gets a SecurityError (1.6 4.2, B02.FR.02, B03.FR.03). */
export function isAdmitted(state: StationState, action: string, payload: unknown, now: number): boolean {
  switch (state.registration) {
    case 'none':
    case 'Accepted':
      return true;
    case 'Pending':
      return action === 'BootNotification' || isTriggered(state, action, payload, now);
    case 'Rejected':
      return action === 'BootNotification';
  }
}

/** 2.x B02.FR.01: what may be sent to a station that is pending. */
const COMMANDS_WHILE_PENDING: ReadonlySet<string> = new Set([
  'SetVariables',
  'GetVariables',
  'GetBaseReport',
  'GetReport',
  'TriggerMessage',
]);

/** 1.6 4.2: what may not. */
const NO_COMMANDS_WHILE_PENDING_16: ReadonlySet<string> = new Set([
  'RemoteStartTransaction',
  'RemoteStopTransaction',
]);

const TRIGGERS_16: ReadonlySet<string> = new Set(['TriggerMessage', 'ExtendedTriggerMessage']);

/** Why a CALL may not be sent now. */
export interface Gate {
  readonly description: string;
  /** It may be sent when the station is accepted. */
  readonly opens: boolean;
}

/** Undefined: the CALL may be sent. `payload`: its JSON text. */
export function gateOf(
  { registration }: StationState,
  version: Version,
  action: string,
  payload: string,
): Gate | undefined {
  switch (registration) {
    case 'none':
      return undefined;
    case 'Accepted':
      return version === '1.6' && TRIGGERS_16.has(action) && triggersBoot(payload)
        ? { description: NO_BOOT_TRIGGER, opens: false }
        : undefined;
    case 'Pending': {
      const allowed =
        version === '1.6' ? !NO_COMMANDS_WHILE_PENDING_16.has(action) : COMMANDS_WHILE_PENDING.has(action);
      const description = `${action} may not be sent while the station's registration is Pending`;
      return allowed ? undefined : { description, opens: true };
    }
    case 'Rejected':
      return { description: WHILE_REJECTED, opens: true };
  }
}

const NO_BOOT_TRIGGER =
  'an accepted OCPP 1.6 station must not be triggered to send BootNotification (errata 3.40): use Reset';
const WHILE_REJECTED =
  'nothing may be sent to a station whose registration was Rejected: wait until it boots again';

const triggersBoot = (payload: string): boolean =>
  (JSON.parse(payload) as { requestedMessage?: unknown }).requestedMessage === 'BootNotification';
