import { cancelReservation } from './cancel-reservation.js';
import { certificateSigned } from './certificate-signed.js';
import { changeAvailability } from './change-availability.js';
import { clearCache } from './clear-cache.js';
import { clearChargingProfile } from './clear-charging-profile.js';
import { dataTransfer } from './data-transfer.js';
import { deleteCertificate } from './delete-certificate.js';
import { getCompositeSchedule } from './get-composite-schedule.js';
import { getInstalledCertificateIds } from './get-installed-certificate-ids.js';
import { getLocalListVersion } from './get-local-list-version.js';
import { getLog } from './get-log.js';
import { getVariables } from './get-variables.js';
import { installCertificate } from './install-certificate.js';
import { requestStartTransaction } from './request-start-transaction.js';
import { requestStopTransaction } from './request-stop-transaction.js';
import { reserveNow } from './reserve-now.js';
import { reset } from './reset.js';
import type { Row } from './row.js';
import { sendLocalList } from './send-local-list.js';
import { setChargingProfile } from './set-charging-profile.js';
import { setVariables } from './set-variables.js';
import { triggerMessage } from './trigger-message.js';
import { unlockConnector } from './unlock-connector.js';
import { updateFirmware } from './update-firmware.js';

/** The commands of 2.1 that a 1.6 station can be sent, by their names there. */
export const ROWS_16: ReadonlyMap<string, Row> = new Map(
  [
    cancelReservation,
    certificateSigned,
    changeAvailability,
    clearCache,
    clearChargingProfile,
    dataTransfer,
    deleteCertificate,
    getCompositeSchedule,
    getInstalledCertificateIds,
    getLocalListVersion,
    getLog,
    getVariables,
    installCertificate,
    requestStartTransaction,
    requestStopTransaction,
    reserveNow,
    reset,
    sendLocalList,
    setChargingProfile,
    setVariables,
    triggerMessage,
    unlockConnector,
    updateFirmware,
  ].map((row) => [row.action, row]),
);
