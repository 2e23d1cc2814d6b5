import type { Job } from './jobs.js';
import type { Station } from './station.js';

/** GetLog of 1.6 (WP N01) and 2.x (N01). `tell` reports each step of the upload. */
export function uploadLog(
  station: Station,
  { requestId, logType }: { readonly requestId: number; readonly logType: string },
  tell: (job: Job) => void,
): { status: 'Accepted' | 'AcceptedCanceled'; filename: string } {
  const canceled = station.jobs.isRunning('log');
  station.afterAnswer(() => station.jobs.run('log', ['Uploading', 'Uploaded'], requestId, tell));
  return {
    status: canceled ? 'AcceptedCanceled' : 'Accepted',
    filename: `${logType}-${station.clock.now()}.log`,
  };
}
