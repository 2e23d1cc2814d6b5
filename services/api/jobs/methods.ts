import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import type { grpc, JobSnapshot } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import { DispatchError, type Dispatcher } from '../../../libs/dispatch/mod.js';
import type { EventLog } from '../../../libs/eventlog/mod.js';
import { checkedCommandId, tokenOf } from '../commands/checks.js';
import type { ApiContext } from '../context.js';
import { told } from '../events/reading.js';
import type { Streams } from '../events/mod.js';
import { jobMessage } from './messages.js';
import { newsOf, partsOf, type PartsOptions } from './parts.js';
import { Report } from './report.js';

export interface JobMethodsOptions {
  readonly dispatcher: Pick<Dispatcher, 'ask'>;
  readonly eventlog: EventLog;
  readonly clock: Clock;
  readonly streams: Streams;
}

/** The methods of the CommandService about jobs. */
export type JobMethods = Pick<grpc.CommandServiceImplementation<Partial<ApiContext>>, 'getJob' | 'followJob'>;

type Context = CallContext & Partial<ApiContext>;

/** How long an owner may take to answer a question, unless the caller has less time. */
const ASK_MS = 10_000;

/** Tells business services of jobs: their state as the station's actor has it, their parts from the event log. */
export function jobMethods({ dispatcher, eventlog, clock, streams }: JobMethodsOptions): JobMethods {
  /** The job, and where to read of it. @throws ServerError NOT_FOUND */
  async function find(
    { stationId, commandId: id }: grpc.GetJobRequest | grpc.FollowJobRequest,
    { signal, deadline = Infinity }: Context,
  ): Promise<{ readonly job: JobSnapshot; readonly options: PartsOptions }> {
    const station = tokenOf(stationId);
    const commandId = checkedCommandId(id);
    const ask = async (): Promise<JobSnapshot> => {
      const withinMs = Math.min(ASK_MS, Math.max(1, deadline - clock.now()));
      const query = { kind: 'query', about: 'job', commandId } as const;
      const answer = await dispatcher.ask(station, query, withinMs, { signal });
      if (answer !== null) return answer as JobSnapshot;
      throw new ServerError(
        Status.NOT_FOUND,
        `no job of command ${commandId} is known: the station has not accepted it (yet), it is no command that begins one, ` +
          'or newer jobs of the station have ended since',
      );
    };
    const onQuiet = async (): Promise<void> => {
      try {
        await ask();
      } catch (error) {
        // Nobody can be asked at the moment: the job goes on all the same.
        if (!(error instanceof DispatchError)) throw error;
      }
    };
    return { job: await ask(), options: { log: eventlog, clock, signal, station, onQuiet } };
  }

  async function* follow(
    request: grpc.FollowJobRequest,
    context: Context,
  ): AsyncIterable<grpc.FollowJobResponse> {
    const { job, options } = await find(request, context);
    yield { message: { $case: 'job', value: jobMessage(job) } };
    if (job.state !== 'running') {
      for await (const part of partsOf(job, options)) yield partMessage(part.payload);
      yield { message: { $case: 'job', value: jobMessage(job) } };
      return;
    }
    for await (const news of newsOf(job, options)) {
      if ('part' in news) yield partMessage(news.part.payload);
      else yield { message: { $case: 'job', value: jobMessage({ ...withoutDeadline(job), ...news.over }) } };
    }
  }

  return {
    async getJob(request, context) {
      const { job, options } = await find(request, context);
      if (!request.withReport) return { job: jobMessage(job), report: '' };
      const report = new Report(job.kind);
      try {
        for await (const part of partsOf(job, options)) report.add(part);
      } catch (error) {
        throw told(error);
      }
      return { job: jobMessage(job), report: report.text() };
    },

    followJob: (request: grpc.FollowJobRequest, context: Context) =>
      streams.of('FollowJob', async function* () {
        try {
          yield* follow(request, context);
        } catch (error) {
          throw told(error);
        }
      }),
  };
}

const partMessage = (payload: object): grpc.FollowJobResponse => ({
  message: { $case: 'part', value: JSON.stringify(payload) },
});

function withoutDeadline({ inactiveAt: _, ...job }: JobSnapshot): JobSnapshot {
  return job;
}
