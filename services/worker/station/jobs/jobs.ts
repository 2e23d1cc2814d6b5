import type { JobSnapshot } from '../../../../libs/api/mod.js';
import type { CallMessage } from '../messages.js';
import type { StationState } from '../state.js';
import type { Turn } from '../turn.js';
import { ENDED_JOBS, isOpen, MISSING, RUNNING_JOBS, type Job, type JobEnd } from './job.js';
import { hasCanceled, isAccepted, jobOf, MOST_AHEAD_MS, patienceOf, wordOf, type Word } from './kinds.js';

/**
 * Jobs, from the sending of their command to their end. A station may report before its CALLRESULT is there: so a job
 * is expected from when its command is sent, and its parts count, until the answer tells whether it is one.
 */

/** A CALL of a command. */
export interface JobCommand {
  readonly commandId: string;
  /** The CALL's, in the terms of the station's version. */
  readonly action: string;
  readonly payload: unknown;
  /** Newest cursor of the event log when the command was taken. */
  readonly cursor: number;
}

/** A CALL is being sent. When it is sent again, its job begins anew: so does the station's report. */
export function expectJob(turn: Turn, { commandId, action, payload, cursor }: JobCommand): void {
  const begun = jobOf(action, payload);
  if (begun === undefined) return;
  const { state, now, time } = turn;
  const job: Job = {
    commandId,
    ...begun,
    notBefore: Math.min(begun.notBefore, now + MOST_AHEAD_MS),
    state: 'expected',
    status: undefined,
    parts: 0,
    nextPart: 0,
    missing: [],
    startedAt: time,
    deadline: 0,
    firstEvent: undefined,
    lastEvent: undefined,
    cursor,
  };
  state.jobs = [...state.jobs.filter((one) => one.commandId !== commandId), job];
  turn.commit = true;
}

/**
 * The CALL has been answered, or will not be: `answer` is the result's payload, undefined when there is none. The job
 * runs if the station has accepted it, or has begun to report.
 */
export function beginJob(
  turn: Turn,
  { commandId, action }: Pick<JobCommand, 'commandId' | 'action'>,
  answer: unknown,
): void {
  const { state } = turn;
  const job = state.jobs.find((one) => one.commandId === commandId);
  if (job?.state !== 'expected') return;
  turn.commit = true;
  if (job.parts === 0 && !isAccepted(action, answer)) {
    state.jobs = state.jobs.filter((one) => one !== job);
    return;
  }
  for (const other of state.jobs) {
    if (other === job || !isOpen(other) || other.kind !== job.kind) continue;
    if (hasCanceled(answer) || other.requestId === job.requestId) end(turn, other, 'superseded');
  }
  makeRoom(turn);
  replace(turn, job, { ...job, state: 'running', deadline: deadlineOf(turn, job) });
}

function makeRoom(turn: Turn): void {
  const running = turn.state.jobs.filter(({ state }) => state === 'running');
  if (running.length < RUNNING_JOBS) return;
  const first = running.reduce((one, other) => (other.deadline < one.deadline ? other : one));
  end(turn, first, 'superseded');
}

const deadlineOf = ({ now }: Turn, { kind, notBefore }: Job): number =>
  Math.max(now, notBefore) + patienceOf(kind);

/** A CALL of the station has been recorded, as the newest event. To be called only when there are jobs. */
export function noteJobCall(turn: Turn, { action, payload }: CallMessage): void {
  const word = wordOf(action, payload);
  if (word === undefined) return;
  const job = findOpen(turn.state.jobs, word);
  if (job === undefined) return;
  turn.commit = true;
  const deadline = deadlineOf(turn, job);
  if (isRepeat(job, word)) {
    replace(turn, job, { ...job, deadline });
    return;
  }
  const { eventNumber } = turn.state;
  const next: Job = {
    ...job,
    ...numbersWith(job, word.seqNo),
    status: word.status ?? job.status,
    parts: job.parts + 1,
    deadline,
    firstEvent: job.firstEvent ?? eventNumber,
    lastEvent: eventNumber,
  };
  replace(turn, job, next);
  if (word.end !== undefined) end(turn, next, word.end);
}

/**
 * The newest job with the request id; of a report, the one whose next part it is. A status without a request id is about the
 * only job that it can be about.
 */
function findOpen(jobs: readonly Job[], { kind, requestId, seqNo, status }: Word): Job | undefined {
  const open = jobs.filter((one) => one.kind === kind && isOpen(one));
  const alike = open.filter((one) => one.requestId === requestId);
  const same = alike.findLast(({ nextPart }) => nextPart === seqNo) ?? alike.at(-1);
  if (same !== undefined || requestId !== undefined || status === undefined) return same;
  return open.length === 1 ? open[0] : undefined;
}

const isRepeat = ({ nextPart, missing }: Job, { seqNo }: Word): boolean =>
  seqNo !== undefined && seqNo < nextPart && !missing.includes(seqNo);

function numbersWith(
  { nextPart, missing }: Job,
  seqNo: number | undefined,
): Pick<Job, 'nextPart' | 'missing'> {
  if (seqNo === undefined) return { nextPart, missing };
  if (seqNo < nextPart) return { nextPart, missing: missing.filter((one) => one !== seqNo) };
  const skipped = Math.min(seqNo - nextPart, MISSING - missing.length);
  const more = Array.from({ length: skipped }, (_, at) => nextPart + at);
  return { nextPart: seqNo + 1, missing: [...missing, ...more] };
}

/** Ends the jobs of which the station has said nothing for too long. */
export function expireJobs(turn: Turn): void {
  for (const job of turn.state.jobs) {
    if (job.state === 'running' && job.deadline <= turn.now) end(turn, job, 'inactive');
  }
}

/** Earliest epoch milliseconds at which a job becomes inactive; undefined: none runs. */
export function jobDeadline({ jobs }: StationState): number | undefined {
  let earliest: number | undefined;
  for (const { state, deadline } of jobs) {
    if (state === 'running') earliest = Math.min(earliest ?? Infinity, deadline);
  }
  return earliest;
}

function end(turn: Turn, job: Job, state: JobEnd): void {
  const { jobs } = turn.state;
  const others = jobs.filter((one) => one !== job);
  const over = others.filter((one) => !isOpen(one));
  const forgotten = over.length >= ENDED_JOBS ? over[0] : undefined;
  turn.state.jobs = [...others.filter((one) => one !== forgotten), { ...job, state }];
  const { commandId, kind, requestId, status, parts, missing } = job;
  turn.event('job.completed', { commandId, kind, state, requestId, status, parts, missing });
}

function replace({ state }: Turn, job: Job, by: Job): void {
  state.jobs = state.jobs.map((one) => (one === job ? by : one));
}

/** The jobs that have begun. */
export const jobsOf = ({ jobs }: StationState): readonly Job[] =>
  jobs.filter(({ state, parts }) => state !== 'expected' || parts > 0);

export function jobSnapshot({ incarnation }: StationState, job: Job): JobSnapshot {
  const { commandId, kind, state, requestId, status, parts, missing, startedAt, cursor } = job;
  const { firstEvent, lastEvent } = job;
  return {
    commandId,
    kind,
    state: state === 'expected' ? 'running' : state,
    ...(requestId !== undefined && { requestId }),
    ...(status !== undefined && { status }),
    parts,
    missing,
    startedAt,
    ...(state === 'running' && { inactiveAt: job.deadline }),
    incarnation,
    ...(firstEvent !== undefined && { firstEvent }),
    ...(lastEvent !== undefined && { lastEvent }),
    cursor,
  };
}
