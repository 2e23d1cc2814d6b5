import type { ActionName, Response, Version } from '../../ocpp/mod.js';
import type { Question } from '../decisions.js';
import type { DecideRequest, DecisionServiceClient, Question as Asked, Subscribed } from '../grpc.js';
import { Outgoing } from './outgoing.js';
import { Backoff, isTransient } from './transient.js';

/** An action of a station that the gateway may ask about. */
export type DecisionAction = { [V in Version]: ActionName<V> }[Version];

type ResponseIn<V extends Version, A extends string> =
  A extends ActionName<V> ? Partial<Response<V, A>> : never;

/**
 * The response to the station in its version, without what only the gateway knows. `idTokenInfo` is understood for a 1.6
 * station's `idTagInfo`.
 */
export type AnswerTo<A extends DecisionAction> =
  | ResponseIn<'1.6', A>
  | ResponseIn<'2.0.1', A>
  | ResponseIn<'2.1', A>
  | (A extends 'Authorize' | 'StartTransaction' | 'StopTransaction'
      ? Pick<Response<'2.1', 'Authorize'>, 'idTokenInfo'>
      : never);

/** Who answers questions about which action. One that throws gives no answer: the gateway's default holds. */
export type Handlers = {
  readonly [A in DecisionAction]?: (question: Question) => AnswerTo<A> | Promise<AnswerTo<A>>;
};

export interface DecideOptions {
  /** Only of these stations. Default: all. */
  readonly stationIds?: readonly string[];
  /** Questions that may wait for an answer at once. Default 256. */
  readonly maxInFlight?: number;
  /** Aborted, it ends. */
  readonly signal?: AbortSignal;
  /**
   * A handler threw, an answer was rejected, or the connection broke: told once for each break, and made again as soon as
   * it can be. Default: a process warning.
   */
  readonly onProblem?: (problem: Error) => void;
}

export interface Decider {
  /** Actions with a handler that the gateway is not set to ask about. */
  readonly notAsked: readonly string[];
  /** Resolves when it was ended. Rejects with a ClientError when the gateway does not let this client decide any more. */
  readonly ended: Promise<void>;
  /** Asks for no more questions; the open ones get the gateway's default. */
  end(): Promise<void>;
}

const warn = (problem: Error): void => process.emitWarning(problem.message, 'StationmasterDecision');

/** Resolves when the gateway asks. @throws ClientError when the gateway does not let this client decide. */
export async function decide(
  service: DecisionServiceClient,
  handlers: Handlers,
  options: DecideOptions,
  closing: AbortSignal,
): Promise<Decider> {
  const own = new AbortController();
  const signals = [closing, own.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const run = new Deciding(service, handlers, options, AbortSignal.any(signals));
  const ended = run.run();
  const notAsked = await Promise.race([run.subscribed, ended.then(() => [])]);
  return {
    notAsked,
    ended,
    end: async () => {
      own.abort();
      await ended;
    },
  };
}

type Handler = (question: Question) => object | Promise<object>;

class Deciding {
  readonly #actions: string[];
  readonly #problem: (problem: Error) => void;
  /** Of the first subscription. */
  readonly subscribed: Promise<readonly string[]>;
  #told: (notAsked: readonly string[]) => void = () => undefined;

  constructor(
    private readonly service: DecisionServiceClient,
    private readonly handlers: Handlers,
    private readonly options: DecideOptions,
    private readonly ended: AbortSignal,
  ) {
    this.#actions = Object.keys(handlers);
    this.#problem = options.onProblem ?? warn;
    this.subscribed = new Promise((resolve) => (this.#told = resolve));
  }

  /** Until it is ended, however often the connection breaks. */
  async run(): Promise<void> {
    const backoff = new Backoff();
    while (!this.ended.aborted) {
      try {
        await this.#stream(() => backoff.succeeded());
      } catch (error) {
        if (this.ended.aborted) return;
        if (!(error instanceof Error)) throw error;
        if (backoff.fresh || !isTransient(error)) this.#problem(error);
        if (!isTransient(error)) throw error;
      }
      await backoff.wait(this.ended);
    }
  }

  async #stream(heard: () => void): Promise<void> {
    const answers = new Outgoing<DecideRequest>();
    const { stationIds = [], maxInFlight = 0 } = this.options;
    const subscription = { actions: this.#actions, stationIds: [...stationIds], maxInFlight };
    answers.push({ message: { $case: 'subscription', value: subscription } });
    try {
      for await (const { message } of this.service.decide(answers, { signal: this.ended })) {
        heard();
        if (message?.$case === 'subscribed') this.#subscribed(message.value);
        else if (message?.$case === 'question') void this.#answer(message.value, answers);
        else if (message?.$case === 'rejection') {
          const { questionId, reason } = message.value;
          this.#problem(new Error(`the answer to question ${questionId} does not hold: ${reason}`));
        }
      }
    } finally {
      answers.end();
    }
  }

  #subscribed({ notAsked }: Subscribed): void {
    this.#told(notAsked);
  }

  /** Never rejects. */
  async #answer(asked: Asked, answers: Outgoing<DecideRequest>): Promise<void> {
    const { questionId, action, stationId } = asked;
    try {
      const handler = (this.handlers as Readonly<Record<string, Handler | undefined>>)[action];
      if (handler === undefined) throw new Error('nobody was to be asked about it');
      const payload = JSON.stringify(await handler(questionOf(asked)));
      answers.push({ message: { $case: 'answer', value: { questionId, payload } } });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `no answer about ${action} of ${stationId}, the default will hold: ${why}`;
      this.#problem(new Error(message, { cause: error }));
    }
  }
}

function questionOf(asked: Asked): Question {
  const {
    askId,
    stationId,
    ocppVersion,
    action,
    provisioned,
    securityProfile,
    idToken,
    payload,
    deadline,
    traceparent,
  } = asked;
  return {
    askId,
    stationId,
    version: ocppVersion,
    action,
    provisioned,
    securityProfile,
    ...(idToken !== undefined && { idToken: tokenOf(idToken) }),
    payload: JSON.parse(payload) as unknown,
    deadline: deadline?.getTime() ?? 0,
    ...(traceparent !== '' && { traceparent }),
  };
}

const tokenOf = ({ idToken, type }: { idToken: string; type: string }) =>
  type === '' ? { idToken } : { idToken, type };
