import type { ActionName } from '../../../ocpp/mod.js';
import type { CommandReply } from '../../calls.js';
import { runHandler, type AnyHandler } from '../../commands.js';
import type { Dialect2x } from '../dialect.js';
import { clearCache, getLocalListVersion, sendLocalList } from './authorization.js';
import { requestBatterySwap } from './battery-swap.js';
import {
  certificateSigned,
  deleteCertificate,
  getInstalledCertificateIds,
  installCertificate,
} from './certificates.js';
import { clearDerControl, getDerControl, setDerControl } from './der.js';
import { customerInformation, getLog } from './diagnostics.js';
import { clearDisplayMessage, getDisplayMessages, setDisplayMessage } from './display.js';
import { publishFirmware, unpublishFirmware, updateFirmware } from './firmware.js';
import type { Handler2x } from './handler.js';
import {
  adjustPeriodicEventStream,
  clearVariableMonitoring,
  getMonitoringReport,
  getPeriodicEventStream,
  setMonitoringBase,
  setMonitoringLevel,
  setVariableMonitoring,
} from './monitoring.js';
import { dataTransfer, reset, setNetworkProfile } from './provisioning.js';
import {
  changeAvailability,
  getTransactionStatus,
  requestStartTransaction,
  requestStopTransaction,
  unlockConnector,
} from './remote-control.js';
import { getBaseReport, getReport } from './reports.js';
import { cancelReservation, reserveNow } from './reservation.js';
import {
  afrrSignal,
  clearChargingProfile,
  getChargingProfiles,
  getCompositeSchedule,
  notifyAllowedEnergyTransfer,
  setChargingProfile,
  updateDynamicSchedule,
  usePriorityCharging,
} from './smart-charging.js';
import {
  changeTransactionTariff,
  clearTariffs,
  costUpdated,
  getTariffs,
  notifyWebPaymentStarted,
  setDefaultTariff,
} from './tariffs.js';
import { triggerMessage } from './trigger.js';
import { getVariables, setVariables } from './variables.js';

/** Every command of OCPP 2.0.1 and what answers it. */
const COMMANDS_201 = {
  CancelReservation: cancelReservation,
  CertificateSigned: certificateSigned,
  ChangeAvailability: changeAvailability,
  ClearCache: clearCache,
  ClearChargingProfile: clearChargingProfile,
  ClearDisplayMessage: clearDisplayMessage,
  ClearVariableMonitoring: clearVariableMonitoring,
  CostUpdated: costUpdated,
  CustomerInformation: customerInformation,
  DataTransfer: dataTransfer,
  DeleteCertificate: deleteCertificate,
  GetBaseReport: getBaseReport,
  GetChargingProfiles: getChargingProfiles,
  GetCompositeSchedule: getCompositeSchedule,
  GetDisplayMessages: getDisplayMessages,
  GetInstalledCertificateIds: getInstalledCertificateIds,
  GetLocalListVersion: getLocalListVersion,
  GetLog: getLog,
  GetMonitoringReport: getMonitoringReport,
  GetReport: getReport,
  GetTransactionStatus: getTransactionStatus,
  GetVariables: getVariables,
  InstallCertificate: installCertificate,
  PublishFirmware: publishFirmware,
  RequestStartTransaction: requestStartTransaction,
  RequestStopTransaction: requestStopTransaction,
  ReserveNow: reserveNow,
  Reset: reset,
  SendLocalList: sendLocalList,
  SetChargingProfile: setChargingProfile,
  SetDisplayMessage: setDisplayMessage,
  SetMonitoringBase: setMonitoringBase,
  SetMonitoringLevel: setMonitoringLevel,
  SetNetworkProfile: setNetworkProfile,
  SetVariableMonitoring: setVariableMonitoring,
  SetVariables: setVariables,
  TriggerMessage: triggerMessage,
  UnlockConnector: unlockConnector,
  UnpublishFirmware: unpublishFirmware,
  UpdateFirmware: updateFirmware,
} as const satisfies { readonly [A in ActionName<'2.0.1'>]?: Handler2x<A> };

/** OCPP 2.1 adds these. */
const COMMANDS_21 = {
  ...COMMANDS_201,
  AFRRSignal: afrrSignal,
  AdjustPeriodicEventStream: adjustPeriodicEventStream,
  ChangeTransactionTariff: changeTransactionTariff,
  ClearDERControl: clearDerControl,
  ClearTariffs: clearTariffs,
  GetDERControl: getDerControl,
  GetPeriodicEventStream: getPeriodicEventStream,
  GetTariffs: getTariffs,
  NotifyAllowedEnergyTransfer: notifyAllowedEnergyTransfer,
  NotifyWebPaymentStarted: notifyWebPaymentStarted,
  RequestBatterySwap: requestBatterySwap,
  SetDERControl: setDerControl,
  SetDefaultTariff: setDefaultTariff,
  UpdateDynamicSchedule: updateDynamicSchedule,
  UsePriorityCharging: usePriorityCharging,
} as const satisfies { readonly [A in ActionName<'2.1'>]?: Handler2x<A> };

export const COMMANDS_2X: Readonly<Record<'2.0.1' | '2.1', Readonly<Record<string, AnyHandler<Dialect2x>>>>> =
  { '2.0.1': COMMANDS_201, '2.1': COMMANDS_21 };

export function runCommand2x(dialect: Dialect2x, action: string, payload: unknown): CommandReply {
  const { version } = dialect.station;
  return runHandler(COMMANDS_2X[version === '2.0.1' ? '2.0.1' : '2.1'], dialect, action, payload);
}
