import type { ActionName } from '../../../ocpp/mod.js';
import type { CommandReply } from '../../calls.js';
import { runHandler, type AnyHandler } from '../../commands.js';
import type { Dialect16 } from '../dialect.js';
import {
  certificateSigned,
  deleteCertificate,
  getInstalledCertificateIds,
  installCertificate,
} from './certificates.js';
import { changeConfiguration, clearCache, getConfiguration } from './configuration.js';
import { getDiagnostics, getLog, signedUpdateFirmware, updateFirmware } from './firmware.js';
import type { Handler16 } from './handler.js';
import { getLocalListVersion, sendLocalList } from './local-list.js';
import {
  changeAvailability,
  dataTransfer,
  remoteStartTransaction,
  remoteStopTransaction,
  reset,
  unlockConnector,
} from './remote-control.js';
import { cancelReservation, reserveNow } from './reservation.js';
import { clearChargingProfile, getCompositeSchedule, setChargingProfile } from './smart-charging.js';
import { extendedTriggerMessage, triggerMessage } from './trigger.js';

/** Every command of OCPP 1.6 and its security whitepaper, and what answers it. */
export const COMMANDS_16 = {
  CancelReservation: cancelReservation,
  CertificateSigned: certificateSigned,
  ChangeAvailability: changeAvailability,
  ChangeConfiguration: changeConfiguration,
  ClearCache: clearCache,
  ClearChargingProfile: clearChargingProfile,
  DataTransfer: dataTransfer,
  DeleteCertificate: deleteCertificate,
  ExtendedTriggerMessage: extendedTriggerMessage,
  GetCompositeSchedule: getCompositeSchedule,
  GetConfiguration: getConfiguration,
  GetDiagnostics: getDiagnostics,
  GetInstalledCertificateIds: getInstalledCertificateIds,
  GetLocalListVersion: getLocalListVersion,
  GetLog: getLog,
  InstallCertificate: installCertificate,
  RemoteStartTransaction: remoteStartTransaction,
  RemoteStopTransaction: remoteStopTransaction,
  ReserveNow: reserveNow,
  Reset: reset,
  SendLocalList: sendLocalList,
  SetChargingProfile: setChargingProfile,
  SignedUpdateFirmware: signedUpdateFirmware,
  TriggerMessage: triggerMessage,
  UnlockConnector: unlockConnector,
  UpdateFirmware: updateFirmware,
} as const satisfies { readonly [A in ActionName<'1.6'>]?: Handler16<A> };

const HANDLERS: Readonly<Record<string, AnyHandler<Dialect16>>> = COMMANDS_16;

export function runCommand16(dialect: Dialect16, action: string, payload: unknown): CommandReply {
  return runHandler(HANDLERS, dialect, action, payload);
}
