import type { Request } from '../../../ocpp/mod.js';
import type { Job } from '../../jobs.js';
import type { Station } from '../../station.js';
import { Features } from '../features.js';
import type { Handler2x } from './handler.js';

type FirmwareRequest = Request<'2.1', 'FirmwareStatusNotification'>;
type LogRequest = Request<'2.1', 'LogStatusNotification'>;
type PublishRequest = Request<'2.1', 'PublishFirmwareStatusNotification'>;

const requestIdOf = ({ requestId }: Job) => (requestId === undefined ? {} : { requestId });

export function tellFirmware(station: Station, job: Job, triggered = false): void {
  const request: FirmwareRequest = { status: job.status as FirmwareRequest['status'], ...requestIdOf(job) };
  station.session.call('FirmwareStatusNotification', request, { triggered });
}

export function tellLog(station: Station, job: Job, triggered = false): void {
  const request: LogRequest = { status: job.status as LogRequest['status'], ...requestIdOf(job) };
  station.session.call('LogStatusNotification', request, { triggered });
}

/** `location` stands only with Published (L03.FR.04). */
export function tellPublishing(
  station: Station,
  job: Job,
  location: readonly string[],
  triggered = false,
): void {
  const request: PublishRequest = {
    status: job.status as PublishRequest['status'],
    ...requestIdOf(job),
    ...(location.length === 0 ? {} : { location: [...location] }),
  };
  station.session.call('PublishFirmwareStatusNotification', request, { triggered });
}

const PLAIN = ['Downloading', 'Downloaded', 'Installing', 'InstallRebooting'];
const SIGNED = ['Downloading', 'Downloaded', 'SignatureVerified', 'Installing', 'InstallRebooting'];

/** 2.0.1 L01 (signed), L02. Installed is told after the reboot. */
export const updateFirmware: Handler2x<'UpdateFirmware'> = ({ station }, { requestId, firmware }) => {
  const { signingCertificate } = firmware;
  if (signingCertificate !== undefined && !signingCertificate.includes('-----BEGIN CERTIFICATE-----')) {
    return { status: 'InvalidCertificate' };
  }
  const canceled = station.jobs.isRunning('firmware');
  station.afterAnswer(() =>
    station.jobs.run(
      'firmware',
      signingCertificate === undefined ? PLAIN : SIGNED,
      requestId,
      (job) => tellFirmware(station, job),
      () => station.installFirmware(() => tellFirmware(station, { status: 'Installed', requestId })),
    ),
  );
  return { status: canceled ? 'AcceptedCanceled' : 'Accepted' };
};

/** 2.0.1 L03. */
export const publishFirmware: Handler2x<'PublishFirmware'> = ({ station, features }, request) => {
  const { requestId, checksum } = request;
  const { publishedFirmware } = features;
  if (publishedFirmware.size >= Features.MAX_PUBLISHED) return { status: 'Rejected' };
  const here = [`http://${encodeURIComponent(station.stationId)}.local/firmware/${checksum}`];
  station.afterAnswer(() =>
    station.jobs.run(
      'publish',
      ['Downloading', 'Downloaded', 'ChecksumVerified', 'Published'],
      requestId,
      (job) => {
        if (job.status === 'Published') publishedFirmware.add(checksum);
        tellPublishing(station, job, job.status === 'Published' ? here : []);
      },
    ),
  );
  return { status: 'Accepted' };
};

/** 2.0.1 L04. */
export const unpublishFirmware: Handler2x<'UnpublishFirmware'> = ({ station, features }, { checksum }) => {
  if (station.jobs.isRunning('publish')) return { status: 'DownloadOngoing' };
  return { status: features.publishedFirmware.delete(checksum) ? 'Unpublished' : 'NoFirmware' };
};
