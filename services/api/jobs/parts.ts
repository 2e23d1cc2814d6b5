import { ServerError, Status } from 'nice-grpc-common';
import type { JobCompleted, JobKind, JobSnapshot } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import type { EventFilter, EventLog, EventPage, LoggedEntry } from '../../../libs/eventlog/mod.js';
import { breathe, comes, PAGE } from '../events/reading.js';

/** A message of the station that belongs to a job. */
export interface Part {
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the event log tells of a job: its parts, and that it is over. */
export type JobNews = { readonly part: Part } | { readonly over: JobCompleted };

export interface PartsOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Station token. */
  readonly station: string;
  /** Asked while nothing comes; throws when there is nothing to wait for any more. */
  readonly onQuiet: () => Promise<void>;
}

/** How long the last events that an actor has decided may take to stand in the log. */
const LAG_MS = 1_000;
const QUIET_MS = 60_000;

interface LoggedJobEvent {
  readonly time: string;
  readonly data: Partial<JobCompleted> & {
    readonly report?: string;
    readonly ocpp?: Readonly<Record<string, unknown>>;
  };
}

const STATUS_TYPES: Partial<Readonly<Record<JobKind, string>>> = {
  log: 'log.status',
  firmware: 'firmware.status',
  publication: 'firmware.publication',
};

/** The parts that the job has, in order. @throws ServerError DATA_LOSS, UNAVAILABLE; EventLogError; the signal's reason */
export async function* partsOf(job: JobSnapshot, options: PartsOptions): AsyncIterable<Part> {
  const { lastEvent } = job;
  if (lastEvent === undefined) return;
  for await (const { entry, data } of eventsOf(job, options, LAG_MS, lag(job, options))) {
    if (entry.type !== COMPLETED) yield partOf(entry, data);
    if (entry.number >= lastEvent) return;
  }
}

/** The parts of a job that runs, from its first one on, as they come, and then that it is over. @throws as partsOf */
export async function* newsOf(job: JobSnapshot, options: PartsOptions): AsyncIterable<JobNews> {
  for await (const { entry, data } of eventsOf(job, options, QUIET_MS, options.onQuiet)) {
    if (entry.type !== COMPLETED) yield { part: partOf(entry, data) };
    else if (data.commandId === job.commandId) {
      yield { over: data as JobCompleted };
      return;
    }
  }
}

const COMPLETED = 'job.completed';

/** The events of the station, from the job's first one on, that may be of the job: parts of it, and ends of jobs. */
async function* eventsOf(
  job: JobSnapshot,
  { log, clock, signal, station }: PartsOptions,
  quietMs: number,
  onQuiet: () => Promise<void>,
): AsyncIterable<LoggedJobEvent & { readonly entry: LoggedEntry }> {
  const { firstEvent, incarnation, startedAt } = job;
  const filter: EventFilter = { station, types: [STATUS_TYPES[job.kind] ?? 'report.part', COMPLETED] };
  let isFound = firstEvent === undefined;
  let quietSince = clock.monotonic();
  for (let after = job.cursor; ;) {
    const page = await log.read({ after, ...PAGE, filter });
    if (isFound && firstEvent !== undefined) await checkNothingForgotten(log, after, page);
    for (const entry of page.entries) {
      if (entry.incarnation !== incarnation || entry.number < (firstEvent ?? 0)) continue;
      if (!isFound && entry.number > (firstEvent ?? 0)) throw forgotten();
      isFound = true;
      const event = eventOf(entry);
      // Where the first event is not known: no older job's.
      if (firstEvent === undefined && Date.parse(event.time) < startedAt) continue;
      if (entry.type !== COMPLETED && !belongs(job, event.data)) continue;
      yield { ...event, entry };
      quietSince = clock.monotonic();
    }
    await breathe(clock);
    signal.throwIfAborted();
    const isEnd = page.next === after;
    after = page.next;
    if (!isEnd) continue;
    await comes(log, after, quietMs - (clock.monotonic() - quietSince), clock, signal);
    if (clock.monotonic() - quietSince < quietMs) continue;
    await onQuiet();
    quietSince = clock.monotonic();
  }
}

/** While parts are waited for that the actor has told of. */
const lag =
  (job: JobSnapshot, { log }: PartsOptions) =>
  async (): Promise<void> => {
    if ((await log.first()) > job.cursor + 1) throw forgotten();
    throw new ServerError(
      Status.UNAVAILABLE,
      "the job's last parts have not reached the event log yet: try again",
    );
  };

async function checkNothingForgotten(log: EventLog, after: number, page: EventPage): Promise<void> {
  if (page.entries[0]?.cursor !== after + 1 && (await log.first()) > after + 1) throw forgotten();
}

const forgotten = (): ServerError =>
  new ServerError(
    Status.DATA_LOSS,
    "parts of the job have been forgotten by the event log: keep events for longer (the log's retention), or follow the job " +
      'while it runs',
  );

function belongs({ kind, requestId }: JobSnapshot, data: LoggedJobEvent['data']): boolean {
  if (data.report !== undefined) return data.report === kind && data.requestId === requestId;
  // As the station's actor takes them: Idle says nothing, and a status may be without its request id.
  return data.status !== 'Idle' && (data.requestId === undefined || data.requestId === requestId);
}

const eventOf = ({ data }: LoggedEntry): LoggedJobEvent =>
  JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()) as LoggedJobEvent;

function partOf({ number }: LoggedEntry, { ocpp }: LoggedJobEvent['data']): Part {
  if (ocpp === undefined)
    throw new ServerError(Status.DATA_LOSS, `event ${number} was too large to keep what the station sent`);
  return { payload: ocpp };
}
