export { unpackJob, writeJob } from './codec.js';
export type { Job } from './job.js';
export {
  beginJob,
  expectJob,
  expireJobs,
  jobDeadline,
  jobsOf,
  jobSnapshot,
  noteJobCall,
  type JobCommand,
} from './jobs.js';
