import type { Request } from '../../../ocpp/mod.js';
import type { Job } from '../../jobs.js';
import { uploadLog } from '../../log-upload.js';
import type { Station } from '../../station.js';
import type { Handler16 } from './handler.js';

type FirmwareStatus = Request<'1.6', 'FirmwareStatusNotification'>['status'];
type DiagnosticsStatus = Request<'1.6', 'DiagnosticsStatusNotification'>['status'];
type SignedStatus = Request<'1.6', 'SignedFirmwareStatusNotification'>['status'];
type LogStatus = Request<'1.6', 'LogStatusNotification'>['status'];

const requestIdOf = ({ requestId }: Job) => (requestId === undefined ? {} : { requestId });

export function tellFirmware(station: Station, job: Job, triggered = false): void {
  const request: Request<'1.6', 'FirmwareStatusNotification'> = {
    status: job.status as FirmwareStatus,
  };
  station.session.call('FirmwareStatusNotification', request, { triggered });
}

export function tellSignedFirmware(station: Station, job: Job, triggered = false): void {
  const request: Request<'1.6', 'SignedFirmwareStatusNotification'> = {
    status: job.status as SignedStatus,
    ...requestIdOf(job),
  };
  station.session.call('SignedFirmwareStatusNotification', request, { triggered });
}

export function tellDiagnostics(station: Station, job: Job, triggered = false): void {
  const request: Request<'1.6', 'DiagnosticsStatusNotification'> = {
    status: job.status as DiagnosticsStatus,
  };
  station.session.call('DiagnosticsStatusNotification', request, { triggered });
}

export function tellLog(station: Station, job: Job, triggered = false): void {
  const request: Request<'1.6', 'LogStatusNotification'> = {
    status: job.status as LogStatus,
    ...requestIdOf(job),
  };
  station.session.call('LogStatusNotification', request, { triggered });
}

/** 1.6 5.19: Downloading, Downloaded, Installing, and after the reboot Installed. */
export const updateFirmware: Handler16<'UpdateFirmware'> = ({ station }) => {
  station.afterAnswer(() =>
    station.jobs.run(
      'firmware',
      ['Downloading', 'Downloaded', 'Installing'],
      undefined,
      (job) => tellFirmware(station, job),
      () =>
        station.installFirmware(() => tellFirmware(station, { status: 'Installed', requestId: undefined })),
    ),
  );
  return {};
};

/** WP L01. A firmware without a certificate in PEM form is refused. */
export const signedUpdateFirmware: Handler16<'SignedUpdateFirmware'> = ({ station }, request) => {
  const { requestId, firmware } = request;
  if (!firmware.signingCertificate.includes('-----BEGIN CERTIFICATE-----')) {
    return { status: 'InvalidCertificate' };
  }
  const canceled = station.jobs.isRunning('firmware');
  station.afterAnswer(() =>
    station.jobs.run(
      'firmware',
      ['Downloading', 'Downloaded', 'SignatureVerified', 'Installing', 'InstallRebooting'],
      requestId,
      (job) => tellSignedFirmware(station, job),
      () => station.installFirmware(() => tellSignedFirmware(station, { status: 'Installed', requestId })),
    ),
  );
  return { status: canceled ? 'AcceptedCanceled' : 'Accepted' };
};

/** 1.6 5.9. */
export const getDiagnostics: Handler16<'GetDiagnostics'> = ({ station }) => {
  station.afterAnswer(() =>
    station.jobs.run('diagnostics', ['Uploading', 'Uploaded'], undefined, (job) =>
      tellDiagnostics(station, job),
    ),
  );
  return { fileName: `diagnostics-${station.clock.now()}.log` };
};

/** WP N01. */
export const getLog: Handler16<'GetLog'> = ({ station }, request) =>
  uploadLog(station, request, (job) => tellLog(station, job));
