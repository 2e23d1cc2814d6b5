import type { JobKind } from '../../../../libs/api/mod.js';
import { parseTimestamp } from '../../../../libs/ocpp/mod.js';
import { isObject } from '../vocabulary/tokens.js';
import type { JobEnd } from './job.js';

/** Which commands begin jobs, which CALLs of the station belong to them, and what those say (CONFORMANCE 5). */

type Fields = Readonly<Record<string, unknown>>;

interface Beginning {
  readonly kind: JobKind;
  /** Whether this request begins one. Left out: always. */
  readonly begins?: (request: Fields) => boolean;
  /** Whether the station's answer means that it does. Left out: by `status`, which 1.6's UpdateFirmware has not. */
  readonly accepted?: (answer: Fields) => boolean;
}

const BEGINNINGS: ReadonlyMap<string, Beginning> = new Map<string, Beginning>([
  ['GetBaseReport', { kind: 'variables' }],
  ['GetReport', { kind: 'variables' }],
  ['GetMonitoringReport', { kind: 'monitoring' }],
  // N10: without `report` it only clears.
  ['CustomerInformation', { kind: 'customerInformation', begins: ({ report }) => report === true }],
  ['GetDisplayMessages', { kind: 'displayMessages' }],
  ['GetChargingProfiles', { kind: 'chargingProfiles' }],
  ['GetDERControl', { kind: 'derControl' }],
  ['GetLog', { kind: 'log' }],
  // 1.6 5.9: without a file name there is nothing to upload.
  ['GetDiagnostics', { kind: 'log', accepted: ({ fileName }) => fileName !== undefined }],
  ['UpdateFirmware', { kind: 'firmware' }],
  ['SignedUpdateFirmware', { kind: 'firmware' }],
  ['PublishFirmware', { kind: 'publication' }],
]);

/** The job that a command begins, if the station accepts it. */
export function jobOf(
  action: string,
  request: unknown,
):
  { readonly kind: JobKind; readonly requestId: number | undefined; readonly notBefore: number } | undefined {
  const beginning = BEGINNINGS.get(action);
  if (beginning === undefined || !isObject(request) || beginning.begins?.(request) === false)
    return undefined;
  const { requestId } = request;
  return {
    kind: beginning.kind,
    requestId: typeof requestId === 'number' ? requestId : undefined,
    notBefore: latestOf(request),
  };
}

/** Epoch milliseconds of the latest moment that an update of the firmware is planned for; 0: none. */
function latestOf({ retrieveDate, firmware }: Fields): number {
  const { retrieveDateTime, installDateTime } = isObject(firmware) ? firmware : {};
  let latest = 0;
  for (const text of [retrieveDate, retrieveDateTime, installDateTime]) {
    if (typeof text === 'string') latest = Math.max(latest, parseTimestamp(text)?.at ?? 0);
  }
  return latest;
}

/** False: the station does nothing. */
export function isAccepted(action: string, answer: unknown): boolean {
  if (!isObject(answer)) return false;
  const accepted = BEGINNINGS.get(action)?.accepted;
  return accepted?.(answer) ?? (answer.status === undefined || ACCEPTED.has(answer.status));
}

const ACCEPTED: ReadonlySet<unknown> = new Set(['Accepted', 'AcceptedCanceled']);

/** The station gave up what it did before for what it accepted. */
export const hasCanceled = (answer: unknown): boolean =>
  isObject(answer) && answer.status === 'AcceptedCanceled';

/** What a CALL of the station says about a job. */
export interface Word {
  readonly kind: JobKind;
  readonly requestId: number | undefined;
  /** Of a log, firmware or publication. */
  readonly status?: string;
  /** Number of a report's part. */
  readonly seqNo?: number | undefined;
  /** The job is over with it. */
  readonly end?: JobEnd | undefined;
}

const REPORTS: ReadonlyMap<string, JobKind> = new Map<string, JobKind>([
  ['NotifyReport', 'variables'],
  ['NotifyMonitoringReport', 'monitoring'],
  ['NotifyCustomerInformation', 'customerInformation'],
  ['NotifyDisplayMessages', 'displayMessages'],
  ['ReportChargingProfiles', 'chargingProfiles'],
  ['ReportDERControl', 'derControl'],
]);

const STATUSES: ReadonlyMap<string, JobKind> = new Map<string, JobKind>([
  ['LogStatusNotification', 'log'],
  ['DiagnosticsStatusNotification', 'log'],
  ['FirmwareStatusNotification', 'firmware'],
  ['SignedFirmwareStatusNotification', 'firmware'],
  ['PublishFirmwareStatusNotification', 'publication'],
]);

/** The statuses after which nothing more comes: those that the specifications call end states. */
const ENDS: ReadonlyMap<unknown, JobEnd> = new Map<string, JobEnd>([
  ['Uploaded', 'completed'],
  ['UploadFailed', 'failed'],
  ['UploadFailure', 'failed'],
  ['BadMessage', 'failed'],
  ['NotSupportedOperation', 'failed'],
  ['PermissionDenied', 'failed'],
  // N01.FR.12: said of the upload that a newer GetLog has cancelled.
  ['AcceptedCanceled', 'superseded'],
  ['Installed', 'completed'],
  ['DownloadFailed', 'failed'],
  ['InstallationFailed', 'failed'],
  ['InstallVerificationFailed', 'failed'],
  ['InvalidSignature', 'failed'],
  ['Published', 'completed'],
  ['InvalidChecksum', 'failed'],
  ['PublishFailed', 'failed'],
]);

/** Undefined for a CALL that belongs to no job. `Idle` tells that none runs at the moment, which one may yet. */
export function wordOf(action: string, request: unknown): Word | undefined {
  if (!isObject(request)) return undefined;
  const { requestId: id, status } = request;
  const requestId = typeof id === 'number' ? id : undefined;
  const report = REPORTS.get(action);
  if (report !== undefined) {
    const { seqNo, tbc } = request;
    return {
      kind: report,
      requestId,
      seqNo: typeof seqNo === 'number' ? seqNo : undefined,
      end: tbc === true ? undefined : 'completed',
    };
  }
  const kind = STATUSES.get(action);
  if (kind === undefined || typeof status !== 'string' || status === 'Idle') return undefined;
  return { kind, requestId, status, end: ENDS.get(status) };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * Milliseconds that a station may say nothing. Between two parts of a report it only fetches what it has; it may reconnect
 * meanwhile. An upload tells only its beginning and its end: large files over a mobile network, and retries, lie between.
 * Firmware waits for the end of a transaction before it is installed, which takes a night.
 */
export const patienceOf = (kind: JobKind): number => {
  switch (kind) {
    case 'log':
      return HOUR;
    case 'firmware':
    case 'publication':
      return 24 * HOUR;
    default:
      return 5 * MINUTE;
  }
};

/** An update that is planned for later than this is followed until then. */
export const MOST_AHEAD_MS = 90 * 24 * HOUR;
