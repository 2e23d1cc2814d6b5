import type { Question } from '../../libs/api/mod.js';
import type { Bus } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { subjects } from '../../libs/link/mod.js';
import type { Counter, Histogram } from '../../libs/ops/mod.js';
import type { Span, Tracer } from '../../libs/tracing/mod.js';
import type { DecidedMessage } from './station/mod.js';

export interface AskerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Actions that the gateway decides itself, whatever business services there are. */
  readonly own: ReadonlySet<string>;
  /** A question waits no longer, whatever its deadline. */
  readonly timeoutMs: number;
  /**
   * Decisions by action and outcome. `decided`; `nobody`: nobody decides it; `declined`: who decides it had no room, or gave an
   * answer that could not be used; `late`: no answer in time; `unreadable`: it was not JSON; `crowded`: too many questions waited.
   */
  readonly decisions: Counter;
  /** From a question to its outcome, by action. */
  readonly seconds: Histogram;
  /** Left out: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Gives the answer to the actor. */
  decided(token: string, message: DecidedMessage): void;
}

type Outcome = 'decided' | 'nobody' | 'declined' | 'late' | 'unreadable' | 'crowded';

/**
 * Questions of one action that wait for answers. A service that hangs fills its own action up to here, and the
 * defaults of further questions hold at once; those of other actions, and other users of the bus, have their room.
 */
export const MAX_WAITING = 2048;

/**
 * Asks business services over the bus (`csms.decision.<Action>.<token>`), and, when nobody decides, the gateway itself
 * (`csms.undecided.…`), which may know an answer. No answer in time is an answer too; so is an empty one, which says that none will come.
 */
export class Asker {
  readonly #waiting = new Map<string, number>();

  constructor(private readonly options: AskerOptions) {}

  async ask(token: string, askId: string, action: string, question: Question): Promise<void> {
    const { clock, decisions, seconds, decided } = this.options;
    const began = clock.monotonic();
    const span = this.options.tracer && decisionSpan(this.options.tracer, action, question);
    const asked = span === undefined ? question : { ...question, traceparent: span.traceparent };
    const { outcome, answer } = await this.#answerTo(token, action, asked);
    if (span !== undefined) endDecision(span, outcome);
    decisions.cell(action, outcome).add();
    seconds.cell(action).observe((clock.monotonic() - began) / 1000);
    decided(token, { type: 'decided', askId, answer });
  }

  async #answerTo(
    token: string,
    action: string,
    question: Question,
  ): Promise<{ outcome: Outcome; answer?: unknown }> {
    const waiting = this.#waiting.get(action) ?? 0;
    if (waiting >= MAX_WAITING) return { outcome: 'crowded' };
    this.#waiting.set(action, waiting + 1);
    try {
      const { data } = await this.#request(token, action, question);
      if (data.length === 0) return { outcome: 'declined' };
      return { outcome: 'decided', answer: JSON.parse(Buffer.from(data).toString()) };
    } catch (error) {
      return { outcome: outcomeOf(error) };
    } finally {
      this.#waiting.set(action, (this.#waiting.get(action) ?? 1) - 1);
    }
  }

  async #request(token: string, action: string, question: Question) {
    const { bus, clock, timeoutMs, own } = this.options;
    const data = Buffer.from(JSON.stringify(question));
    const limits = { timeoutMs: Math.max(1, Math.min(timeoutMs, question.deadline - clock.now())) };
    try {
      if (!own.has(action)) return await bus.request(subjects.decision(action, token), data, limits);
    } catch (error) {
      if (codeOf(error) !== 'no_responders') throw error;
    }
    return await bus.request(subjects.undecided(action, token), data, limits);
  }
}

/** Of a question about a CALL that is traced. */
function decisionSpan(tracer: Tracer, action: string, question: Question): Span | undefined {
  const span = tracer.follow(question.traceparent, `decide ${action}`, { kind: 'client' });
  span?.set({ 'ocpp.action': action, 'ocpp.version': question.version, 'station.id': question.stationId });
  return span;
}

function endDecision(span: Span, outcome: Outcome): void {
  span.set({ 'stationmaster.decision': outcome, 'stationmaster.default': outcome !== 'decided' });
  if (outcome !== 'decided' && outcome !== 'nobody') span.fail(outcome);
  span.end();
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof SyntaxError) return 'unreadable';
  return codeOf(error) === 'timeout' ? 'late' : 'nobody';
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
