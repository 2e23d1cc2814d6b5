import { validators as validators16 } from './generated/validators-1.6.js';
import { validators as validators201 } from './generated/validators-2.0.1.js';
import { validators as validators21 } from './generated/validators-2.1.js';
import type { ActionName } from './messages.js';
import { checkWith, type Check, type Validator } from './validation.js';
import type { Version } from './versions.js';

/** The two ends of a connection. */
export type Party = 'station' | 'csms';

export interface ActionSpec {
  readonly name: string;
  /** Who may send the request. */
  readonly sender: Party | 'both';
  /** A `send` is never answered (2.1). */
  readonly kind: 'call' | 'send';
  readonly checkRequest: Check;
  /** Absent for a `send`. */
  readonly checkResponse?: Check;
}

/** OCPP 1.6 with the messages of the security whitepaper. */
const ACTIONS_16: Record<ActionName<'1.6'>, ActionSpec['sender']> = {
  Authorize: 'station',
  BootNotification: 'station',
  CancelReservation: 'csms',
  CertificateSigned: 'csms',
  ChangeAvailability: 'csms',
  ChangeConfiguration: 'csms',
  ClearCache: 'csms',
  ClearChargingProfile: 'csms',
  DataTransfer: 'both',
  DeleteCertificate: 'csms',
  DiagnosticsStatusNotification: 'station',
  ExtendedTriggerMessage: 'csms',
  FirmwareStatusNotification: 'station',
  GetCompositeSchedule: 'csms',
  GetConfiguration: 'csms',
  GetDiagnostics: 'csms',
  GetInstalledCertificateIds: 'csms',
  GetLocalListVersion: 'csms',
  GetLog: 'csms',
  Heartbeat: 'station',
  InstallCertificate: 'csms',
  LogStatusNotification: 'station',
  MeterValues: 'station',
  RemoteStartTransaction: 'csms',
  RemoteStopTransaction: 'csms',
  ReserveNow: 'csms',
  Reset: 'csms',
  SecurityEventNotification: 'station',
  SendLocalList: 'csms',
  SetChargingProfile: 'csms',
  SignCertificate: 'station',
  SignedFirmwareStatusNotification: 'station',
  SignedUpdateFirmware: 'csms',
  StartTransaction: 'station',
  StatusNotification: 'station',
  StopTransaction: 'station',
  TriggerMessage: 'csms',
  UnlockConnector: 'csms',
  UpdateFirmware: 'csms',
};

const ACTIONS_201: Record<ActionName<'2.0.1'>, ActionSpec['sender']> = {
  Authorize: 'station',
  BootNotification: 'station',
  CancelReservation: 'csms',
  CertificateSigned: 'csms',
  ChangeAvailability: 'csms',
  ClearCache: 'csms',
  ClearChargingProfile: 'csms',
  ClearDisplayMessage: 'csms',
  ClearVariableMonitoring: 'csms',
  ClearedChargingLimit: 'station',
  CostUpdated: 'csms',
  CustomerInformation: 'csms',
  DataTransfer: 'both',
  DeleteCertificate: 'csms',
  FirmwareStatusNotification: 'station',
  Get15118EVCertificate: 'station',
  GetBaseReport: 'csms',
  GetCertificateStatus: 'station',
  GetChargingProfiles: 'csms',
  GetCompositeSchedule: 'csms',
  GetDisplayMessages: 'csms',
  GetInstalledCertificateIds: 'csms',
  GetLocalListVersion: 'csms',
  GetLog: 'csms',
  GetMonitoringReport: 'csms',
  GetReport: 'csms',
  GetTransactionStatus: 'csms',
  GetVariables: 'csms',
  Heartbeat: 'station',
  InstallCertificate: 'csms',
  LogStatusNotification: 'station',
  MeterValues: 'station',
  NotifyChargingLimit: 'station',
  NotifyCustomerInformation: 'station',
  NotifyDisplayMessages: 'station',
  NotifyEVChargingNeeds: 'station',
  NotifyEVChargingSchedule: 'station',
  NotifyEvent: 'station',
  NotifyMonitoringReport: 'station',
  NotifyReport: 'station',
  PublishFirmware: 'csms',
  PublishFirmwareStatusNotification: 'station',
  ReportChargingProfiles: 'station',
  RequestStartTransaction: 'csms',
  RequestStopTransaction: 'csms',
  ReservationStatusUpdate: 'station',
  ReserveNow: 'csms',
  Reset: 'csms',
  SecurityEventNotification: 'station',
  SendLocalList: 'csms',
  SetChargingProfile: 'csms',
  SetDisplayMessage: 'csms',
  SetMonitoringBase: 'csms',
  SetMonitoringLevel: 'csms',
  SetNetworkProfile: 'csms',
  SetVariableMonitoring: 'csms',
  SetVariables: 'csms',
  SignCertificate: 'station',
  StatusNotification: 'station',
  TransactionEvent: 'station',
  TriggerMessage: 'csms',
  UnlockConnector: 'csms',
  UnpublishFirmware: 'csms',
  UpdateFirmware: 'csms',
};

const ACTIONS_21: Record<ActionName<'2.1'>, ActionSpec['sender']> = {
  ...ACTIONS_201,
  AFRRSignal: 'csms',
  AdjustPeriodicEventStream: 'csms',
  BatterySwap: 'station',
  ChangeTransactionTariff: 'csms',
  ClearDERControl: 'csms',
  ClearTariffs: 'csms',
  ClosePeriodicEventStream: 'station',
  GetCertificateChainStatus: 'station',
  GetDERControl: 'csms',
  GetPeriodicEventStream: 'csms',
  GetTariffs: 'csms',
  NotifyAllowedEnergyTransfer: 'csms',
  NotifyDERAlarm: 'station',
  NotifyDERStartStop: 'station',
  NotifyPeriodicEventStream: 'station',
  NotifyPriorityCharging: 'station',
  NotifySettlement: 'station',
  NotifyWebPaymentStarted: 'csms',
  OpenPeriodicEventStream: 'station',
  PullDynamicScheduleUpdate: 'station',
  ReportDERControl: 'station',
  RequestBatterySwap: 'csms',
  SetDERControl: 'csms',
  SetDefaultTariff: 'csms',
  UpdateDynamicSchedule: 'csms',
  UsePriorityCharging: 'csms',
  VatNumberValidation: 'station',
};

type Specs = ReadonlyMap<string, ActionSpec>;

/** An action whose schemas hold no response is a SEND. */
function specsOf(
  senders: Readonly<Record<string, ActionSpec['sender']>>,
  validators: Readonly<Record<string, Validator>>,
): Specs {
  const specs = new Map<string, ActionSpec>();
  for (const [name, sender] of Object.entries(senders)) {
    const request = validators[`${name}Request`];
    const response = validators[`${name}Response`];
    if (request === undefined) throw new Error(`no schema for the action ${name}: run 'npm run build'`);
    const checkRequest = checkWith(request);
    specs.set(
      name,
      response === undefined
        ? { name, sender, kind: 'send', checkRequest }
        : { name, sender, kind: 'call', checkRequest, checkResponse: checkWith(response) },
    );
  }
  return specs;
}

const SPECS: Readonly<Record<Version, Specs>> = {
  '1.6': specsOf(ACTIONS_16, validators16),
  '2.0.1': specsOf(ACTIONS_201, validators201),
  '2.1': specsOf(ACTIONS_21, validators21),
};

export function findAction(version: Version, name: string): ActionSpec | undefined {
  return SPECS[version].get(name);
}

/** Every action of `version`. */
export function actionsOf(version: Version): readonly ActionSpec[] {
  return [...SPECS[version].values()];
}
