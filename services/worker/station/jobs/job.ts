import type { JobKind } from '../../../../libs/api/mod.js';

/** Something that the station does after it has answered a command. Its parts are events; here is only what they amount to. */
export interface Job {
  /** Of the command that began it. */
  readonly commandId: string;
  readonly kind: JobKind;
  readonly state: JobState;
  /** Undefined for 1.6's GetDiagnostics and UpdateFirmware, which have none. */
  readonly requestId: number | undefined;
  /** The station's last word. */
  readonly status: string | undefined;
  /** Messages that belong to it; a part that came twice counts once. */
  readonly parts: number;
  /** One more than the highest number of a part. */
  readonly nextPart: number;
  /** Numbers below `nextPart` that have not come; only the first `MISSING` of them. */
  readonly missing: readonly number[];
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds: the command told the station not to begin before. 0: at once. */
  readonly notBefore: number;
  /** Epoch milliseconds: if the station says nothing until then, the job is over. */
  readonly deadline: number;
  /** Numbers of the first and the last event that is a part of it. */
  readonly firstEvent: number | undefined;
  readonly lastEvent: number | undefined;
  /** A cursor of the event log that is before all of them. */
  readonly cursor: number;
}

/** `expected`: the station has not answered its command. `running` and `expected` jobs are open, the others over. */
export type JobState = 'expected' | 'running' | JobEnd;

/**
 * `failed`: the station said so. `inactive`: it said nothing for too long. `superseded`: a newer job took its place, one that
 * stations do not do at the same time or cannot be told from it, or one more than are followed.
 */
export type JobEnd = 'completed' | 'failed' | 'inactive' | 'superseded';

/** Jobs of one station that are followed; one more, and the one that would be inactive first is superseded. */
export const RUNNING_JOBS = 8;
/** Jobs that are over and known; the one that ended first is forgotten. */
export const ENDED_JOBS = 8;
/** Numbers of missing parts that are kept for a job. */
export const MISSING = 32;

export const isOpen = ({ state }: Job): boolean => state === 'expected' || state === 'running';
