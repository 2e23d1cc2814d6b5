import { ServerError, Status } from 'nice-grpc-common';
import type { grpc } from '../../../libs/api/mod.js';
import { DECISION_ACTIONS, stationToken } from '../../../libs/link/mod.js';
import { nearest } from '../../../libs/ops/mod.js';
import { Caller, type Wanted } from './caller.js';
import { Desk, type DeskOptions } from './desk.js';

export interface DecisionServiceOptions extends DeskOptions {
  /** The actions that the gateway's setting `decisions` has it ask about. */
  readonly asked: ReadonlySet<string>;
}

export interface RunningDecisions extends grpc.DecisionServiceImplementation {
  /** Ends all streams (UNAVAILABLE); what waits is handed to other processes. Later streams are refused. */
  close(): Promise<void>;
}

const KNOWN: readonly string[] = DECISION_ACTIONS;
const MAX_STATIONS = 1000;
const MAX_STATION_BYTES = 255;
const MAX_IN_FLIGHT = 4096;
const DEFAULT_IN_FLIGHT = 256;
/** Streams, and subjects of all of them together, in this process. */
const MAX_CALLERS = 1000;
const MAX_TOPICS = 50_000;

/** DecisionService: questions of the bus, answered over streams (decisions.proto). */
export function decisionService(options: DecisionServiceOptions): RunningDecisions {
  const desk = new Desk(options);
  const streams = new Set<Caller>();
  let closed = false;
  return {
    async *decide(request, { signal }) {
      if (closed) throw stopping();
      if (streams.size >= MAX_CALLERS) {
        throw new ServerError(Status.RESOURCE_EXHAUSTED, `${MAX_CALLERS} streams decide already`);
      }
      const messages = request[Symbol.asyncIterator]();
      const caller = new Caller(wantedOf(await messages.next()));
      if (desk.topics + topicsOf(caller.wanted) > MAX_TOPICS) {
        throw new ServerError(
          Status.RESOURCE_EXHAUSTED,
          `actions times stations of all that decide would be more than ${MAX_TOPICS}: leave the stations out`,
        );
      }
      const gone = () => caller.end();
      signal.addEventListener('abort', gone);
      streams.add(caller);
      try {
        desk.add(caller);
        await flushed(options);
        if (closed) throw stopping();
        const notAsked = caller.wanted.actions.filter((action) => !options.asked.has(action));
        await caller.note({ message: { $case: 'subscribed', value: { notAsked } } });
        void readAnswers(messages, caller, desk);
        yield* caller.messages();
      } finally {
        signal.removeEventListener('abort', gone);
        streams.delete(caller);
        desk.remove(caller);
      }
    },
    async close() {
      closed = true;
      for (const caller of streams) {
        caller.end(stopping());
        desk.remove(caller);
      }
      await flushed(options).catch(() => undefined);
    },
  };
}

const stopping = () => new ServerError(Status.UNAVAILABLE, 'the gateway stops: call again');

async function flushed({ bus }: DecisionServiceOptions): Promise<void> {
  try {
    await bus.flush();
  } catch {
    throw new ServerError(Status.UNAVAILABLE, 'the gateway cannot reach its workers: call again');
  }
}

/** Reads until the caller ends the stream; waits while it does not read what it is told. */
async function readAnswers(
  messages: AsyncIterator<grpc.DecideRequest>,
  caller: Caller,
  desk: Desk,
): Promise<void> {
  try {
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      const { message } = next.value;
      if (message?.$case !== 'answer') throw invalid('after the subscription only answers may come');
      const { questionId, payload } = message.value;
      const reason = desk.answer(caller, questionId, payload);
      if (reason === undefined) continue;
      await caller.note({ message: { $case: 'rejection', value: { questionId, reason } } });
    }
    caller.end();
  } catch (error) {
    caller.end(error instanceof Error ? error : new Error(String(error)));
  }
}

const invalid = (message: string) => new ServerError(Status.INVALID_ARGUMENT, message);

/** @throws ServerError INVALID_ARGUMENT */
function wantedOf(first: IteratorResult<grpc.DecideRequest>): Wanted {
  const message = first.done === true ? undefined : first.value.message;
  if (message?.$case !== 'subscription') throw invalid('the first message must be the subscription');
  const { actions, stationIds, maxInFlight } = message.value;
  if (actions.length === 0) throw invalid(`name the actions, of: ${KNOWN.join(', ')}`);
  for (const action of actions) if (!KNOWN.includes(action)) throw invalid(unknownAction(action));
  if (stationIds.length > MAX_STATIONS) {
    throw invalid(`${stationIds.length} station_ids are too many: at most ${MAX_STATIONS}, or none for all`);
  }
  for (const id of stationIds) {
    const bytes = Buffer.byteLength(id);
    if (bytes === 0 || bytes > MAX_STATION_BYTES) {
      throw invalid(`a station id has 1 to ${MAX_STATION_BYTES} bytes, one has ${bytes}`);
    }
  }
  if (maxInFlight > MAX_IN_FLIGHT) throw invalid(`max_in_flight is at most ${MAX_IN_FLIGHT}`);
  return {
    actions: [...new Set(actions)],
    stations: stationIds.length === 0 ? undefined : [...new Set(stationIds.map(stationToken))],
    maxInFlight: maxInFlight === 0 ? DEFAULT_IN_FLIGHT : maxInFlight,
  };
}

function unknownAction(action: string): string {
  const near = nearest(action.slice(0, 64), KNOWN);
  const hint = near === undefined ? '' : `, did you mean ${near}?`;
  return `'${action.slice(0, 64)}' is no action that is decided${hint} (known: ${KNOWN.join(', ')})`;
}

const topicsOf = ({ actions, stations }: Wanted): number => actions.length * (stations?.length ?? 1);
