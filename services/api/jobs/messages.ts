import { grpc, type JobSnapshot } from '../../../libs/api/mod.js';

const { JobState } = grpc;

const STATES: Readonly<Record<JobSnapshot['state'], grpc.JobState>> = {
  running: JobState.JOB_STATE_RUNNING,
  completed: JobState.JOB_STATE_COMPLETED,
  failed: JobState.JOB_STATE_FAILED,
  inactive: JobState.JOB_STATE_INACTIVE,
  superseded: JobState.JOB_STATE_SUPERSEDED,
};

/** What an actor says of a job, as a gRPC message. */
export function jobMessage(job: JobSnapshot): grpc.Job {
  const { commandId, kind, state, requestId, status = '', parts, missing, startedAt, inactiveAt } = job;
  return {
    commandId,
    kind,
    state: STATES[state],
    requestId,
    status,
    parts,
    missing: [...missing],
    startedAt: new Date(startedAt),
    inactiveAt: inactiveAt === undefined ? undefined : new Date(inactiveAt),
  };
}
