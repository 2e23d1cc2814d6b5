import type { ActionName, Request, Response, Version } from '../../../../libs/ocpp/mod.js';
import { authorize16, authorize2x } from './authorize.js';
import { bootNotification16, bootNotification2x } from './boot-notification.js';
import {
  get15118EVCertificate,
  getCertificateChainStatus,
  getCertificateStatus,
  signCertificate,
} from './certificates.js';
import { dataTransfer } from './data-transfer.js';
import {
  notifyEVChargingNeeds,
  notifyEVChargingSchedule,
  openPeriodicEventStream,
  pullDynamicScheduleUpdate,
  vatNumberValidation,
} from './energy.js';
import { heartbeat } from './heartbeat.js';
import { meterValues16, meterValues2x } from './meter-values.js';
import { notifyEvent } from './notify-event.js';
import { noted, type Row } from './row.js';
import { startTransaction } from './start-transaction.js';
import { statusNotification16, statusNotification2x } from './status-notification.js';
import { stopTransaction } from './stop-transaction.js';
import { transactionEvent } from './transaction-event.js';

/** How every action that a station may send is answered, by version. */

type Rows<V extends Version> = { readonly [A in ActionName<V>]?: Row<Request<V, A>, Answer<Response<V, A>>> };

/** A SEND's row answers too; nothing is made of it. */
type Answer<R> = Extract<[R] extends [never] ? Record<string, never> : R, object>;

const ROWS_16: Rows<'1.6'> = {
  Authorize: authorize16,
  BootNotification: bootNotification16,
  DataTransfer: dataTransfer,
  DiagnosticsStatusNotification: noted('log.status', ({ status }) => ({ status })),
  FirmwareStatusNotification: noted('firmware.status', ({ status }) => ({ status })),
  Heartbeat: heartbeat,
  LogStatusNotification: noted('log.status', ({ status, requestId }) => ({ status, requestId })),
  MeterValues: meterValues16,
  SecurityEventNotification: noted(
    'security.event',
    ({ type, techInfo }) => ({ securityEvent: type, techInfo }),
    ({ timestamp }) => timestamp,
  ),
  SignCertificate: signCertificate,
  SignedFirmwareStatusNotification: noted('firmware.status', ({ status, requestId }) => ({
    status,
    requestId,
  })),
  StartTransaction: startTransaction,
  StatusNotification: statusNotification16,
  StopTransaction: stopTransaction,
};

const ROWS_201: Rows<'2.0.1'> & Rows<'2.1'> = {
  Authorize: authorize2x,
  BootNotification: bootNotification2x,
  ClearedChargingLimit: noted('charging.limit.cleared', ({ chargingLimitSource, evseId }) => ({
    chargingLimitSource,
    evseId,
  })),
  DataTransfer: dataTransfer,
  FirmwareStatusNotification: noted('firmware.status', ({ status, requestId }) => ({ status, requestId })),
  Get15118EVCertificate: get15118EVCertificate,
  GetCertificateStatus: getCertificateStatus,
  Heartbeat: heartbeat,
  LogStatusNotification: noted('log.status', ({ status, requestId }) => ({ status, requestId })),
  MeterValues: meterValues2x,
  NotifyChargingLimit: noted('charging.limit', ({ chargingLimit, evseId }) => ({
    chargingLimitSource: chargingLimit.chargingLimitSource,
    evseId,
  })),
  NotifyCustomerInformation: noted(
    'report.part',
    ({ requestId, seqNo, tbc = false }) => ({ report: 'customerInformation', requestId, seqNo, tbc }),
    ({ generatedAt }) => generatedAt,
  ),
  NotifyDisplayMessages: noted('report.part', ({ requestId, tbc = false }) => ({
    report: 'displayMessages',
    requestId,
    tbc,
  })),
  NotifyEVChargingNeeds: notifyEVChargingNeeds,
  NotifyEVChargingSchedule: notifyEVChargingSchedule,
  NotifyEvent: notifyEvent,
  NotifyMonitoringReport: noted(
    'report.part',
    ({ requestId, seqNo, tbc = false }) => ({ report: 'monitoring', requestId, seqNo, tbc }),
    ({ generatedAt }) => generatedAt,
  ),
  NotifyReport: noted(
    'report.part',
    ({ requestId, seqNo, tbc = false }) => ({ report: 'variables', requestId, seqNo, tbc }),
    ({ generatedAt }) => generatedAt,
  ),
  PublishFirmwareStatusNotification: noted('firmware.publication', ({ status, requestId, location }) => ({
    status,
    requestId,
    location,
  })),
  ReportChargingProfiles: noted('report.part', ({ requestId, tbc = false }) => ({
    report: 'chargingProfiles',
    requestId,
    tbc,
  })),
  ReservationStatusUpdate: noted('reservation.status', ({ reservationId, reservationUpdateStatus }) => ({
    reservationId,
    status: reservationUpdateStatus,
  })),
  SecurityEventNotification: noted(
    'security.event',
    ({ type, techInfo }) => ({ securityEvent: type, techInfo }),
    ({ timestamp }) => timestamp,
  ),
  SignCertificate: signCertificate,
  StatusNotification: statusNotification2x,
  TransactionEvent: transactionEvent,
};

const ROWS_21: Rows<'2.1'> = {
  ...ROWS_201,
  BatterySwap: noted('battery.swapped', ({ eventType, requestId, idToken, batteryData }) => ({
    eventType,
    requestId,
    idToken: { idToken: idToken.idToken, type: idToken.type },
    batteries: batteryData.map(({ evseId, serialNumber, soC }) => ({ evseId, serialNumber, soC })),
  })),
  ClosePeriodicEventStream: noted('stream.closed', ({ id }) => ({ streamId: id })),
  GetCertificateChainStatus: getCertificateChainStatus,
  NotifyDERAlarm: noted(
    'der.alarm',
    ({ controlType, gridEventFault, alarmEnded = false }) => ({ controlType, gridEventFault, alarmEnded }),
    ({ timestamp }) => timestamp,
  ),
  NotifyDERStartStop: noted(
    'der.control',
    ({ controlId, started }) => ({ controlId, started }),
    ({ timestamp }) => timestamp,
  ),
  NotifyPeriodicEventStream: noted(
    'stream.data',
    ({ id, pending, data }) => ({ streamId: id, pending, values: data.map(({ t, v }) => ({ t, v })) }),
    ({ basetime }) => basetime,
  ),
  NotifyPriorityCharging: noted('transaction.priority', ({ transactionId, activated }) => ({
    transactionId,
    activated,
  })),
  NotifySettlement: noted(
    'payment.settled',
    ({ transactionId, pspRef, status, settlementAmount }) => ({
      transactionId,
      pspRef,
      status,
      settlementAmount,
    }),
    ({ settlementTime }) => settlementTime,
  ),
  OpenPeriodicEventStream: openPeriodicEventStream,
  PullDynamicScheduleUpdate: pullDynamicScheduleUpdate,
  ReportDERControl: noted('report.part', ({ requestId, tbc = false }) => ({
    report: 'derControl',
    requestId,
    tbc,
  })),
  VatNumberValidation: vatNumberValidation,
};

const tableOf = <V extends Version>(rows: Rows<V>): ReadonlyMap<string, Row<unknown, object>> =>
  new Map(Object.entries(rows) as [string, Row<unknown, object>][]);

const TABLES: Readonly<Record<Version, ReadonlyMap<string, Row<unknown, object>>>> = {
  '1.6': tableOf(ROWS_16),
  '2.0.1': tableOf(ROWS_201),
  '2.1': tableOf(ROWS_21),
};

/** The row of an action; undefined for one that the gateway does not serve. */
export const rowOf = (version: Version, action: string): Row<unknown, object> | undefined =>
  TABLES[version].get(action);
