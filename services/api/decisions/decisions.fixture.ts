import type { TestContext } from 'node:test';
import { createChannel, createClient, createServer } from 'nice-grpc';
import { grpc, type Question } from '../../../libs/api/mod.js';
import type { Bus, BusMessage } from '../../../libs/bus/mod.js';
import { systemClock } from '../../../libs/clock/mod.js';
import { stationToken, subjects } from '../../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../../libs/ops/mod.js';
import { decisionService } from './service.js';

/** DecisionService over gRPC, on a free port of loopback. */
export async function serving(t: TestContext, bus: Bus, asked: readonly string[] = ['Authorize']) {
  const metrics = createMetrics();
  const parts = { bus, clock: systemClock(), logger: silentLogger(), metrics };
  const service = decisionService({ ...parts, asked: new Set(asked) });
  const server = createServer();
  server.add(grpc.DecisionServiceDefinition, service);
  t.after(async () => {
    await service.close();
    server.forceShutdown();
  });
  const port = await server.listen('127.0.0.1:0');
  /** Counted so far, `<action> <outcome>` → number; gauges by their name. */
  const counted = async (): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const line of (await metrics.text()).split('\n')) {
      const [, action, outcome, count] =
        /^stationmaster_api_decisions_total\{action="(.*)",outcome="(.*)"\} (\d+)/.exec(line) ?? [];
      const [, gauge, value] = /^stationmaster_api_(\w+) (\d+)/.exec(line) ?? [];
      if (action !== undefined) found[`${action} ${outcome}`] = Number(count);
      if (gauge !== undefined) found[gauge] = Number(value);
    }
    return found;
  };
  return { port, service, counted };
}

/** A business service: what it says is sent, and what it hears is kept until it is taken. */
export class TestDecider {
  readonly rejections: grpc.Rejection[] = [];
  readonly ended: Promise<unknown>;
  readonly #out: grpc.DeepPartial<grpc.DecideRequest>[] = [];
  readonly #questions: grpc.Question[] = [];
  readonly #abort = new AbortController();
  #subscribed: (value: grpc.Subscribed) => void = () => undefined;
  #wake: () => void = () => undefined;
  #heard: () => void = () => undefined;
  #isDone = false;

  readonly subscribed = new Promise<grpc.Subscribed>((resolve) => (this.#subscribed = resolve));

  /** @param onQuestion answers each question; left out: the test takes them. */
  constructor(
    t: TestContext,
    port: number,
    subscription: grpc.DeepPartial<grpc.Subscription>,
    private readonly onQuestion?: (question: grpc.Question) => string | undefined,
  ) {
    const channel = createChannel(`127.0.0.1:${port}`);
    const client = createClient(grpc.DecisionServiceDefinition, channel);
    this.say({ message: { $case: 'subscription', value: subscription } });
    const stream = client.decide(this.#requests(), { signal: this.#abort.signal });
    this.ended = this.#read(stream);
    t.after(async () => {
      this.#abort.abort();
      await this.ended;
      channel.close();
    });
  }

  say(request: grpc.DeepPartial<grpc.DecideRequest>): void {
    this.#out.push(request);
    this.#wake();
  }

  answer(questionId: string, payload: string | object): void {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    this.say({ message: { $case: 'answer', value: { questionId, payload: text } } });
  }

  async question(): Promise<grpc.Question> {
    for (;;) {
      const question = this.#questions.shift();
      if (question !== undefined) return question;
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  get waiting(): number {
    return this.#questions.length;
  }

  /** Ends the stream in good order. */
  finish(): void {
    this.#isDone = true;
    this.#wake();
  }

  /** As a process that dies. */
  crash(): void {
    this.#abort.abort();
  }

  async *#requests(): AsyncGenerator<grpc.DeepPartial<grpc.DecideRequest>, void, undefined> {
    for (;;) {
      const next = this.#out.shift();
      if (next !== undefined) yield next;
      else if (this.#isDone) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #read(stream: AsyncIterable<grpc.DecideResponse>): Promise<unknown> {
    try {
      for await (const { message } of stream) {
        if (message?.$case === 'subscribed') this.#subscribed(message.value);
        if (message?.$case === 'rejection') this.rejections.push(message.value);
        if (message?.$case !== 'question') continue;
        const answer = this.onQuestion?.(message.value);
        if (answer !== undefined) this.answer(message.value.questionId, answer);
        else this.#questions.push(message.value);
        this.#heard();
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      this.#isDone = true;
      this.#wake();
    }
  }
}

export interface Asked {
  readonly action?: string;
  readonly station?: string;
  readonly withinMs?: number;
  readonly version?: string;
  readonly payload?: object;
}

export function questionFor({ action = 'Authorize', station = 'CS-1', ...more }: Asked): Question {
  const {
    withinMs = 5_000,
    version = '2.0.1',
    payload = { idToken: { idToken: 'A', type: 'Central' } },
  } = more;
  return {
    askId: 'ask',
    stationId: station,
    version,
    action,
    provisioned: true,
    securityProfile: 1,
    idToken: { idToken: 'A', type: 'Central' },
    payload,
    deadline: Date.now() + withinMs,
  };
}

/** Asks as a worker does; the answer's text, or the code of what failed. */
export async function ask(bus: Bus, asked: Asked = {}): Promise<string> {
  const question = questionFor(asked);
  const subject = subjects.decision(question.action, stationToken(question.stationId));
  const data = Buffer.from(JSON.stringify(question));
  return await bus.request(subject, data, { timeoutMs: asked.withinMs ?? 5_000 }).then(
    (message: BusMessage) => Buffer.from(message.data).toString(),
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}

/** Nobody was found who could decide it. */
export const isUndecided = (answer: string): boolean => answer === '' || answer === 'no_responders';
