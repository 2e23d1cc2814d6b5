import { EventLogError, type Cursor, type EventLog } from '../eventlog/mod.js';

/** Actions after whose answer the station goes on to report: the events of a job are looked for after the command's cursor. */
const BEGIN_JOBS: ReadonlySet<string> = new Set([
  'GetBaseReport',
  'GetReport',
  'GetMonitoringReport',
  'CustomerInformation',
  'GetDisplayMessages',
  'GetChargingProfiles',
  'GetDERControl',
  'GetLog',
  'GetDiagnostics',
  'UpdateFirmware',
  'SignedUpdateFirmware',
  'PublishFirmware',
]);

/** True for actions of any version that may begin a job. */
export function beginsJob(action: string): boolean {
  return BEGIN_JOBS.has(action);
}

/**
 * A cursor before everything that a station will report for the command that is taken next; 0, before everything, for
 * actions that begin no job and when the log cannot be asked now.
 */
export async function cursorFor(eventlog: Pick<EventLog, 'last'>, action: string): Promise<Cursor> {
  if (!beginsJob(action)) return 0;
  try {
    return await eventlog.last();
  } catch (error) {
    if (!(error instanceof EventLogError)) throw error;
    return 0;
  }
}
