import type { Bus, BusMessage, Subscription } from '../../../libs/bus/mod.js';
import { TimerWheel, type Clock } from '../../../libs/clock/mod.js';
import { subjects, subjectToken } from '../../../libs/link/mod.js';
import type { Logger, Metrics } from '../../../libs/ops/mod.js';
import type { Caller, OpenQuestion } from './caller.js';
import { decisionMetrics, type DecisionMetrics, type DecisionOutcome } from './metrics.js';
import { problemOf, readQuestion } from './question.js';

export interface DeskOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Of all that decide, over gRPC or NATS, one in the queue group gets each question. */
const QUEUE = 'decisions';
const RESOLUTION_MS = 20;
/** Questions that wait for the answers of other processes; for further ones none will come. */
const MAX_PASSED_ON = 1024;
/** Tells the worker that no answer will come. */
const NO_ANSWER = new Uint8Array(0);

/** A subject of questions, and the callers that decide them. */
interface Topic {
  readonly pattern: string;
  readonly callers: Set<Caller>;
  /** Undefined while none of them has room: then others are asked, or nobody. */
  subscription: Subscription | undefined;
}

/**
 * Hands the questions that come over the bus to callers: each to one that has room, in turn. Subscribes to what somebody
 * decides only, so that a worker hears at once when nobody does. A question whose caller goes is handed to another one.
 */
export class Desk {
  readonly callers = new Set<Caller>();
  readonly #topics = new Map<string, Topic>();
  readonly #paused = new Set<Topic>();
  readonly #wheel: TimerWheel;
  readonly #metrics: DecisionMetrics;
  #turns = 0;
  #passedOn = 0;

  constructor(private readonly options: DeskOptions) {
    this.#wheel = new TimerWheel(options.clock, { resolutionMs: RESOLUTION_MS });
    this.#metrics = decisionMetrics(options.metrics, () => ({
      callers: this.callers.size,
      open: [...this.callers].reduce((sum, { open }) => sum + open, 0),
      subscriptions: this.#topics.size - this.#paused.size,
    }));
  }

  get topics(): number {
    return this.#topics.size;
  }

  /** The caller is asked from now on; from the bus' next flush, to be exact. */
  add(caller: Caller): void {
    this.callers.add(caller);
    for (const pattern of patternsOf(caller)) {
      const topic = this.#topics.get(pattern) ?? this.#newTopic(pattern);
      topic.callers.add(caller);
      this.#resume(topic);
    }
  }

  /** The caller is asked no more, and what it has not answered is handed to others. */
  remove(caller: Caller): void {
    if (!this.callers.delete(caller)) return;
    caller.end();
    for (const pattern of patternsOf(caller)) {
      const topic = this.#topics.get(pattern);
      topic?.callers.delete(caller);
      if (topic?.callers.size !== 0) continue;
      this.#pause(topic);
      this.#paused.delete(topic);
      this.#topics.delete(pattern);
    }
    for (const { question, subject, data, reply } of caller.takeAll()) {
      this.#count(question.action, 'passed_on');
      this.#hand({ subject, data, reply });
    }
  }

  /** @returns why the answer could not be used; undefined when it was passed on. */
  answer(caller: Caller, id: string, payload: string): string | undefined {
    const open = caller.take(id);
    if (open === undefined) {
      this.#count('unknown', 'late');
      return 'no such question waits: its deadline has passed, or it was answered, or never asked';
    }
    const { question, reply } = open;
    const problem = problemOf(question, payload) ?? this.#reply(reply, payload === '' ? '{}' : payload);
    if (problem !== undefined) this.#reply(reply, '');
    caller.answers(true);
    this.#count(question.action, problem === undefined ? 'answered' : 'rejected');
    this.#resumeAllOf(caller);
    return problem;
  }

  #newTopic(pattern: string): Topic {
    const topic = { pattern, callers: new Set<Caller>(), subscription: undefined };
    this.#topics.set(pattern, topic);
    return topic;
  }

  #resume(topic: Topic): void {
    this.#paused.delete(topic);
    topic.subscription ??= this.options.bus.subscribe(
      topic.pattern,
      (message) => {
        this.#hand(message);
      },
      { queue: QUEUE },
    );
  }

  /** What is on its way still comes, and is handed on. */
  #pause(topic: Topic): void {
    const { subscription } = topic;
    topic.subscription = undefined;
    this.#paused.add(topic);
    void subscription?.drain();
  }

  #resumeAllOf(caller: Caller): void {
    if (this.#paused.size === 0 || !caller.hasRoom) return;
    for (const topic of [...this.#paused]) if (topic.callers.has(caller)) this.#resume(topic);
  }

  #hand({ subject, data, reply }: BusMessage): void {
    if (reply === undefined) return;
    const question = readQuestion(data);
    if (question === undefined) {
      this.#count('unknown', 'unreadable');
      this.options.logger.error({ subject }, 'decision_question_unreadable');
      this.#reply(reply, '');
      return;
    }
    const leftMs = question.deadline - this.options.clock.now();
    if (leftMs <= 0) return;
    const topics = this.#topicsOf(subject);
    const caller = nextOf(topics);
    if (caller === undefined) {
      for (const topic of topics) this.#pause(topic);
      this.#count(question.action, 'passed_on');
      void this.#passOn(subject, data, reply, leftMs);
      return;
    }
    const id = (++this.#turns).toString(36);
    caller.turn = this.#turns;
    const timer = this.#wheel.schedule(leftMs, () => this.#expired(caller, id));
    // The bus' bytes may be part of something larger.
    caller.give({ id, question, subject, data: Uint8Array.from(data), reply, timer });
  }

  /**
   * Has others in the queue group answer, now that nobody here is in it. That there is none is told to the publisher
   * only, so it is told on.
   */
  async #passOn(subject: string, data: Uint8Array, reply: string, timeoutMs: number): Promise<void> {
    if (this.#passedOn >= MAX_PASSED_ON) {
      this.#reply(reply, '');
      return;
    }
    this.#passedOn++;
    try {
      const answer = await this.options.bus.request(subject, data, { timeoutMs });
      this.#publish(reply, answer.data);
    } catch {
      this.#reply(reply, '');
    } finally {
      this.#passedOn--;
    }
  }

  #expired(caller: Caller, id: string): void {
    const open: OpenQuestion | undefined = caller.take(id);
    if (open === undefined) return;
    caller.answers(false);
    this.#count(open.question.action, 'expired');
    this.#resumeAllOf(caller);
  }

  /** Those that match a subject: of all stations, and of this one. */
  #topicsOf(subject: string): Topic[] {
    const [action, token] = [subjectToken(subject, 2), subjectToken(subject, 3)];
    const patterns = [subjects.decision(action, '*'), subjects.decision(action, token)];
    return patterns.map((pattern) => this.#topics.get(pattern)).filter((topic) => topic !== undefined);
  }

  #reply(reply: string, text: string): string | undefined {
    return this.#publish(reply, text === '' ? NO_ANSWER : Buffer.from(text));
  }

  /** @returns why it could not be published. */
  #publish(subject: string, data: Uint8Array, reply?: string): string | undefined {
    try {
      this.options.bus.publish(subject, data, reply);
      return undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return `the gateway could not pass it on: ${why}`;
    }
  }

  #count(action: string, outcome: DecisionOutcome): void {
    this.#metrics.questions.cell(action, outcome).add();
  }
}

/** The one that has had no question for longest; one that has gone silent only when there is no other. */
function nextOf(topics: readonly Topic[]): Caller | undefined {
  let best: Caller | undefined;
  for (const { callers } of topics) {
    for (const caller of callers) {
      if (caller.hasRoom && (best === undefined || precedes(caller, best))) best = caller;
    }
  }
  return best;
}

const precedes = (one: Caller, other: Caller): boolean =>
  one.isSilent === other.isSilent ? one.turn < other.turn : !one.isSilent;

function patternsOf({ wanted: { actions, stations = ['*'] } }: Caller): string[] {
  return actions.flatMap((action) => stations.map((token) => subjects.decision(action, token)));
}
