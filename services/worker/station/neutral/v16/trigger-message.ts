import { defined } from '../defined.js';
import type { Objections } from '../objections.js';
import { isMissing } from '../outcomes.js';
import type { Step } from '../step.js';
import { singleConnectorOf } from './places.js';
import { answer, call, manyCalls, type Request16, type Request21, type Response16 } from './row.js';

type Requested = Request21<'TriggerMessage'>['requestedMessage'];
type Core = Request16<'TriggerMessage'>['requestedMessage'];
type Extended = Request16<'ExtendedTriggerMessage'>['requestedMessage'];

interface Target {
  readonly core?: Core;
  /** Tried first. */
  readonly extended?: Extended;
}

const ONE_CERTIFICATE =
  'a 1.6 station has one certificate of its own: trigger SignChargingStationCertificate';

const NO_CUSTOM = "1.6 has no triggers of a vendor's own: use DataTransfer";

/** What is triggered instead, or why nothing is. */
const TARGETS: Readonly<Record<Requested, Target | string>> = {
  BootNotification: { core: 'BootNotification' },
  Heartbeat: { core: 'Heartbeat' },
  StatusNotification: { core: 'StatusNotification' },
  MeterValues: { core: 'MeterValues' },
  FirmwareStatusNotification: { core: 'FirmwareStatusNotification' },
  LogStatusNotification: { extended: 'LogStatusNotification', core: 'DiagnosticsStatusNotification' },
  SignChargingStationCertificate: { extended: 'SignChargePointCertificate' },
  SignV2GCertificate: ONE_CERTIFICATE,
  SignV2G20Certificate: ONE_CERTIFICATE,
  SignCombinedCertificate: ONE_CERTIFICATE,
  TransactionEvent: '1.6 has no TransactionEvent: trigger MeterValues for the meter of a transaction',
  PublishFirmwareStatusNotification: '1.6 stations do not publish firmware',
  CustomTrigger: NO_CUSTOM,
};

/** 1.6 5.17; WP: ExtendedTriggerMessage. */
export const triggerMessage = manyCalls('TriggerMessage', ['TriggerMessage', 'ExtendedTriggerMessage'], {
  notes: [
    'BootNotification, Heartbeat, StatusNotification, MeterValues and FirmwareStatusNotification become a TriggerMessage.',
    'LogStatusNotification and SignChargingStationCertificate become an ExtendedTriggerMessage (security whitepaper); a station without it is asked for its DiagnosticsStatusNotification instead of the former.',
    'evse.id becomes the connectorId.',
  ],
  takes: { requestedMessage: true, evse: { id: true, connectorId: true }, customTrigger: NO_CUSTOM },
  next(request, [first, second], no) {
    const target = targetOf(request, no);
    const connectorId = request.evse === undefined ? undefined : singleConnectorOf(request.evse, no);
    if (first === undefined) return triggerOf(target, connectorId);
    const answered = second ?? first;
    const { core } = target;
    if (second === undefined && target.extended !== undefined && core !== undefined && isMissing(first)) {
      return triggerOf({ core }, connectorId);
    }
    return answer('TriggerMessage', answered, ({ status }: Response16<'TriggerMessage'>) => ({ status }));
  },
});

function targetOf({ requestedMessage }: Request21<'TriggerMessage'>, no: Objections): Target {
  const target = TARGETS[requestedMessage];
  if (typeof target !== 'string') return target;
  no.raise('/requestedMessage', target);
  return {};
}

function triggerOf({ core, extended }: Target, connectorId: number | undefined): Step {
  if (extended !== undefined) {
    const request = { requestedMessage: extended, connectorId };
    return call('ExtendedTriggerMessage', defined<Request16<'ExtendedTriggerMessage'>>(request));
  }
  const request = { requestedMessage: core ?? 'Heartbeat', connectorId };
  return call('TriggerMessage', defined<Request16<'TriggerMessage'>>(request));
}
