import type { JobKind } from '../../../../libs/api/mod.js';
import { MsgpackWriter } from '../../../../libs/link/mod.js';
import type { Job, JobState } from './job.js';

const KINDS: readonly JobKind[] = [
  'variables',
  'monitoring',
  'customerInformation',
  'displayMessages',
  'chargingProfiles',
  'derControl',
  'log',
  'firmware',
  'publication',
];
const STATES: readonly JobState[] = ['expected', 'running', 'completed', 'failed', 'inactive', 'superseded'];

const writer = new MsgpackWriter();
/** Jobs rarely change, and the record they stand in is written with every commit. */
const written = new WeakMap<Job, Uint8Array>();

/** A job as one element: a msgpack array. */
export function writeJob(to: MsgpackWriter, job: Job): void {
  let bytes = written.get(job);
  if (bytes === undefined) {
    bytes = Uint8Array.from(encoded(job));
    written.set(job, bytes);
  }
  to.encoded(bytes);
}

function encoded(job: Job): Uint8Array {
  const { commandId, kind, state, requestId, status, parts, nextPart, missing, startedAt } = job;
  writer
    .begin()
    .array(14)
    .text(commandId)
    .number(KINDS.indexOf(kind))
    .number(STATES.indexOf(state))
    .optional(requestId);
  if (status === undefined) writer.nil();
  else writer.text(status);
  return writer
    .number(parts)
    .number(nextPart)
    .numbers(missing)
    .number(startedAt)
    .number(job.notBefore)
    .number(job.deadline)
    .optional(job.firstEvent)
    .optional(job.lastEvent)
    .number(job.cursor)
    .take();
}

export function unpackJob(fields: readonly unknown[]): Job {
  const [commandId, kind, state, requestId, status, parts, nextPart, missing] = fields;
  return {
    commandId: commandId as string,
    kind: KINDS[kind as number] ?? 'variables',
    state: STATES[state as number] ?? 'inactive',
    requestId: (requestId ?? undefined) as number | undefined,
    status: (status ?? undefined) as string | undefined,
    parts: parts as number,
    nextPart: nextPart as number,
    missing: missing as number[],
    startedAt: fields[8] as number,
    notBefore: fields[9] as number,
    deadline: fields[10] as number,
    firstEvent: (fields[11] ?? undefined) as number | undefined,
    lastEvent: (fields[12] ?? undefined) as number | undefined,
    cursor: fields[13] as number,
  };
}
