import { randomBytes } from 'node:crypto';
import type { CommandOutcome } from '../../libs/api/mod.js';
import { BusError, type Bus, type BusMessage, type Subscription } from '../../libs/bus/mod.js';
import { within, type Clock } from '../../libs/clock/mod.js';
import { cursorFor, logCall, type Dispatcher, type Refusal } from '../../libs/dispatch/mod.js';
import type { EventLog } from '../../libs/eventlog/mod.js';
import { stationIdOf, subjects, subjectToken, type Command } from '../../libs/link/mod.js';
import type { Counter, Logger } from '../../libs/ops/mod.js';
import type { Span, Tracer } from '../../libs/tracing/mod.js';
import { answerCommand } from './answers.js';

export interface CommandDoorOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dispatcher: Pick<Dispatcher, 'command' | 'drain'>;
  readonly eventlog: Pick<EventLog, 'last'>;
  /** Commands that ended at the door, by outcome. */
  readonly outcomes: Counter;
  /** How long a station has to answer. */
  readonly timeoutMs: number;
  /** Left out: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

type Asked = Omit<Command, 'cursor'>;

/** Commands that are on their way to an owner; further ones are refused. */
const MOST_WAITING = 10_000;
const BUS_MS = 1_000;

/**
 * Takes commands from business services over the bus, the OCPP payload as JSON in the terms of the station's own version,
 * and hands each to the owner of the station, who answers the caller with a CommandOutcome as JSON.
 *
 * - `csms.command.<station token>.<Action>`: sent once. When it is not known at the end whether an owner has it, the caller
 *   is told `timeout`: the station may have carried it out.
 * - `csms.command.<station token>.<Action>.<commandId>`: the caller may repeat the request, with the same id and payload,
 *   until it hears the outcome: the station is sent it once, and each request is told the same outcome. When it is not known
 *   whether an owner has it, nothing is said: repeat it.
 *
 * What is not taken is answered with the outcome `refused`: nothing was sent, and never will be by this request.
 */
export class CommandDoor {
  /** Makes command ids unique beyond the life of this process. */
  readonly #nonce = randomBytes(8).toString('base64url');
  #count = 0;
  #waiting = 0;
  #subscriptions: Subscription[] = [];

  constructor(private readonly options: CommandDoorOptions) {}

  start(): void {
    const { bus } = this.options;
    const take = (message: BusMessage) => void this.#take(message);
    this.#subscriptions = [subjects.commands, subjects.commandsWithId].map((subject) =>
      bus.subscribe(subject, take, { queue: 'commands' }),
    );
  }

  /** Takes no new command; resolves when an owner has each of those that were taken, or when that takes too long. */
  async drain(): Promise<void> {
    const draining = Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
    await within(this.options.clock, BUS_MS, draining);
    await this.options.dispatcher.drain();
  }

  async #take({ reply, subject, data }: BusMessage): Promise<void> {
    if (reply === undefined) return;
    const token = subjectToken(subject, 2);
    const action = subjectToken(subject, 3);
    const [, , , , givenId] = subject.split('.');
    const span = this.options.tracer?.begin('csms.command', { kind: 'server' });
    const command: Asked = {
      kind: 'command',
      commandId: givenId ?? `${this.#nonce}-${(++this.#count).toString(36)}`,
      action,
      payload: data,
      terms: 'own',
      timeoutMs: this.options.timeoutMs,
      reply,
      keyed: givenId !== undefined,
      ...(span !== undefined && { traceparent: span.traceparent }),
    };
    const began = this.options.clock.monotonic();
    const problem = problemOf(token, givenId) ?? this.#full();
    const refusal = problem ?? (await this.#dispatch(token, command));
    if (refusal !== undefined && refusal !== 'unknown') this.#refuse(reply, refusal);
    this.#audit(token, command, refusal, began);
    if (span !== undefined) endSpan(span, token, command, refusal);
  }

  /** Why it was not taken; `unknown`: no owner has said in time. */
  async #dispatch(token: string, command: Asked): Promise<Refusal | 'unknown' | undefined> {
    const { dispatcher, eventlog } = this.options;
    this.#waiting++;
    try {
      const cursor = await cursorFor(eventlog, command.action);
      const delivery = await dispatcher.command(token, { ...command, cursor });
      if ('refused' in delivery) return delivery.refused;
      if (!('unknown' in delivery)) return undefined;
      if (!command.keyed) this.#answer(command.reply, UNKNOWN);
      return 'unknown';
    } finally {
      this.#waiting--;
    }
  }

  /** One line when it was taken, or was not. */
  #audit(token: string, command: Asked, refusal: Refusal | 'unknown' | undefined, began: number): void {
    const { logger, clock } = this.options;
    const { action, commandId, payload } = command;
    const stationId = stationIdOf(token) ?? token;
    logCall(logger, {
      door: 'nats',
      service: 'csms.command',
      method: action,
      request: { commandId, command: { stationId, action, payload: Buffer.from(payload).toString() } },
      code: refusal === undefined ? 'OK' : refusal === 'unknown' ? 'UNAVAILABLE' : CODES[refusal.reason],
      ...(typeof refusal === 'object' && { problem: refusal.description }),
      ms: clock.monotonic() - began,
    });
  }

  #full(): Refusal | undefined {
    if (this.#waiting < MOST_WAITING) return undefined;
    const description = `${this.#waiting} commands wait for the workers of their stations: try again in a while`;
    return { reason: 'busy', description };
  }

  #refuse(reply: string, refusal: Refusal): void {
    this.#answer(reply, { status: 'refused', ...refusal });
  }

  /** Not connected: the caller's own timeout tells it. */
  #answer(reply: string, outcome: CommandOutcome): void {
    this.options.outcomes.cell(outcome.status).add();
    try {
      answerCommand(this.options.bus, reply, outcome);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
    }
  }
}

/** It lasts until an owner has the command: how that ends, its caller hears from the owner. */
function endSpan(span: Span, token: string, command: Asked, refusal: Refusal | 'unknown' | undefined): void {
  const { action, commandId } = command;
  const stationId = stationIdOf(token) ?? token;
  span.set({ 'station.id': stationId, 'ocpp.action': action, 'stationmaster.command_id': commandId });
  if (refusal !== undefined) span.fail(refusal === 'unknown' ? refusal : refusal.reason);
  span.end();
}

/** As gRPC calls them. */
const CODES: Readonly<Record<Refusal['reason'], string>> = {
  invalid: 'INVALID_ARGUMENT',
  not_now: 'FAILED_PRECONDITION',
  busy: 'RESOURCE_EXHAUSTED',
  id_taken: 'ALREADY_EXISTS',
  unserved: 'UNAVAILABLE',
};

const UNKNOWN: CommandOutcome = {
  status: 'timeout',
  description: 'no worker has confirmed the command in time: the station may have carried it out',
};

function problemOf(token: string, commandId: string | undefined): Refusal | undefined {
  if (stationIdOf(token) === undefined) {
    const rule = 'A-Z a-z 0-9 _ - as they are, every other UTF-8 byte as =XX';
    const description = `${JSON.stringify(token)} is no station token: write the station id with ${rule}`;
    return { reason: 'invalid', description };
  }
  if (commandId !== undefined && !/^[A-Za-z0-9_-]{1,36}$/.test(commandId)) {
    const description = `${JSON.stringify(commandId)} is no command id: use 1 to 36 of A-Z a-z 0-9 _ -`;
    return { reason: 'invalid', description };
  }
  return undefined;
}
