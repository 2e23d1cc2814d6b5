import { defined } from '../defined.js';
import type { Objections } from '../objections.js';
import { isMissing, statusInfo } from '../outcomes.js';
import type { Step } from '../step.js';
import {
  answer,
  call,
  manyCalls,
  type Request16,
  type Request21,
  type Response16,
  type Response21,
} from './row.js';

type Request = Request21<'GetLog'>;
type Answer = Response21<'GetLog'>;

const LOG_TYPES = { DiagnosticsLog: 'DiagnosticsLog', SecurityLog: 'SecurityLog' } as const;

/** WP N01: GetLog. A station without the whitepaper has its diagnostics by GetDiagnostics (1.6 5.9). */
export const getLog = manyCalls('GetLog', ['GetLog', 'GetDiagnostics'], {
  notes: [
    'It becomes the GetLog of the security whitepaper: remoteLocation has at most 512 characters; no DataCollectorLog.',
    'When the station has no GetLog (NotSupported, NotImplemented), a DiagnosticsLog becomes a GetDiagnostics: remoteLocation must be a URI, and the DiagnosticsStatusNotifications that follow have no requestId. Without a file name there is nothing to upload: Rejected.',
  ],
  takes: {
    logType: true,
    requestId: true,
    retries: true,
    retryInterval: true,
    log: { remoteLocation: true, oldestTimestamp: true, latestTimestamp: true },
  },
  next(request, [first, second], no) {
    if (first === undefined) return byGetLog(request, no);
    if (second !== undefined) return answer('GetLog', second, fromDiagnostics);
    return request.logType === 'DiagnosticsLog' && isMissing(first)
      ? byDiagnostics(request)
      : answer('GetLog', first, fromLog);
  },
});

function byGetLog({ log, logType, requestId, retries, retryInterval }: Request, no: Objections): Step {
  no.text('/log/remoteLocation', log.remoteLocation, 512);
  const request = defined<Request16<'GetLog'>>({
    log,
    logType: no.choice('/logType', logType, LOG_TYPES) ?? 'DiagnosticsLog',
    requestId,
    retries,
    retryInterval,
  });
  return call('GetLog', request);
}

function byDiagnostics({ log, retries, retryInterval }: Request): Step {
  const request = defined<Request16<'GetDiagnostics'>>({
    location: log.remoteLocation,
    retries,
    retryInterval,
    startTime: log.oldestTimestamp,
    stopTime: log.latestTimestamp,
  });
  return call('GetDiagnostics', request);
}

const fromLog = ({ status, filename }: Response16<'GetLog'>): Answer => defined<Answer>({ status, filename });

const fromDiagnostics = ({ fileName }: Response16<'GetDiagnostics'>): Answer =>
  fileName === undefined || fileName === ''
    ? { status: 'Rejected', statusInfo: statusInfo('NotFound', 'the station has no diagnostics to upload') }
    : { status: 'Accepted', filename: fileName };
