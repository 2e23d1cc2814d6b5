import type { Request } from '../../../ocpp/mod.js';
import { certificateRequest } from '../../csr.js';
import type { Station } from '../../station.js';
import type { Dialect16 } from '../dialect.js';
import { tellDiagnostics, tellFirmware, tellLog, tellSignedFirmware } from './firmware.js';
import { connectorsOf, type Handler16 } from './handler.js';

type Triggered =
  | Request<'1.6', 'TriggerMessage'>['requestedMessage']
  | Request<'1.6', 'ExtendedTriggerMessage'>['requestedMessage'];

function tellStatus(dialect: Dialect16, connectorId: number | undefined): void {
  const { station } = dialect;
  if (connectorId === undefined || connectorId === 0) {
    station.session.call('StatusNotification', dialect.stationStatusRequest(), { triggered: true });
  }
  for (const evse of connectorsOf(dialect, connectorId ?? 0) ?? []) {
    station.session.call('StatusNotification', dialect.statusRequest(evse), { triggered: true });
  }
}

function tellMeters(dialect: Dialect16, connectorId: number | undefined): void {
  for (const evse of connectorsOf(dialect, connectorId ?? 0) ?? []) {
    const request = dialect.meterValuesRequest(evse, 'Trigger');
    dialect.station.session.call('MeterValues', request, { triggered: true });
  }
}

function signCertificate(station: Station): void {
  const request: Request<'1.6', 'SignCertificate'> = { csr: certificateRequest(station) };
  station.session.call('SignCertificate', request, { triggered: true });
}

type Messenger = (dialect: Dialect16, connectorId: number | undefined) => void;

const MESSENGERS: Readonly<Record<Triggered, Messenger>> = {
  BootNotification: ({ station }) => station.session.boot(),
  Heartbeat: ({ station }) => station.session.call('Heartbeat', {}, { triggered: true }),
  StatusNotification: tellStatus,
  MeterValues: tellMeters,
  FirmwareStatusNotification: ({ station }) => tellFirmware(station, station.jobs.current('firmware'), true),
  DiagnosticsStatusNotification: ({ station }) =>
    tellDiagnostics(station, station.jobs.current('diagnostics'), true),
  LogStatusNotification: ({ station }) => tellLog(station, station.jobs.current('log'), true),
  SignChargePointCertificate: ({ station }) => signCertificate(station),
};

function trigger(dialect: Dialect16, messenger: Messenger, connectorId: number | undefined) {
  const { station } = dialect;
  if (connectorId !== undefined && connectorsOf(dialect, connectorId) === undefined) {
    return { status: 'Rejected' as const };
  }
  station.afterAnswer(() => messenger(dialect, connectorId));
  return { status: 'Accepted' as const };
}

/** 1.6 5.17. Once accepted, a station does not boot again for this (errata 3.40). */
export const triggerMessage: Handler16<'TriggerMessage'> = (dialect, { requestedMessage, connectorId }) => {
  if (requestedMessage === 'BootNotification' && dialect.station.registration === 'Accepted') {
    return { status: 'Rejected' };
  }
  return trigger(dialect, MESSENGERS[requestedMessage], connectorId);
};

/** WP: as TriggerMessage; the firmware's status is told in the signed form. */
export const extendedTriggerMessage: Handler16<'ExtendedTriggerMessage'> = (dialect, request) => {
  const { requestedMessage, connectorId } = request;
  if (requestedMessage === 'BootNotification' && dialect.station.registration === 'Accepted') {
    return { status: 'Rejected' };
  }
  if (requestedMessage !== 'FirmwareStatusNotification') {
    return trigger(dialect, MESSENGERS[requestedMessage], connectorId);
  }
  const tell: Messenger = ({ station }) =>
    tellSignedFirmware(station, station.jobs.current('firmware'), true);
  return trigger(dialect, tell, connectorId);
};
