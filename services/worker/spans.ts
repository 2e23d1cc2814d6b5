import type { ActorHost, Behaviour, Outcome, Performer } from '../../libs/actor/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import type { Span, Tracer } from '../../libs/tracing/mod.js';
import type { StationEffect, StationMessage, StationState } from './station/mod.js';

type Actor = Behaviour<StationState, StationMessage, StationEffect>;
type Host = Pick<ActorHost<StationState, StationMessage, StationEffect>, 'deliver'>;
type Message = StationMessage & { readonly type: 'call' | 'command' | 'result' | 'failure' };

/** A message that is being handled. */
interface Handling {
  readonly span: Span;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** While what was decided becomes durable. */
  commit: Span | undefined;
  /** A decision is awaited. */
  asked: boolean;
}

/** CALLs whose spans are open; past it that of the oldest ends. */
const MOST_OPEN = 8192;
/** Edges have long given up what is open for so long: it was lost with its shard, say. */
const OLDEST_MS = 10 * 60_000;
const CONSUMER = { kind: 'consumer' } as const;
const INTERNAL = { kind: 'internal' } as const;

/**
 * The spans of a worker: of each message that came with a traceparent, from its arrival to its answer, and of the commit
 * within. A message goes on to the actor with the traceparent of its span here: what the actor makes of it, events and
 * questions, belongs to that. Where nothing is traced, nothing of this is there.
 */
export class WorkerSpans {
  /** Of CALLs that are not answered, by connection and message id, the oldest first. */
  readonly #calls = new Map<string, Handling>();
  /** By the message, until it is handled. */
  readonly #arrivals = new WeakMap<StationMessage, Handling>();
  /** Of other messages than CALLs, by the effect that is performed last. */
  readonly #ends = new WeakMap<StationEffect, Handling>();

  constructor(
    private readonly tracer: Tracer,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** The host, where messages are put into mailboxes. */
  host(host: Host): Host {
    return {
      deliver: (token, message) => {
        if (!isTraced(message)) return host.deliver(token, message);
        const arrived = this.#arrived(message);
        const delivery = host.deliver(token, arrived);
        if (delivery !== 'accepted') this.#fail(arrived, delivery);
        return delivery;
      },
    };
  }

  behaviour(behaviour: Actor): Actor {
    return {
      ...behaviour,
      receive: (state, message, context) => {
        const handling = this.#handlingOf(message);
        handling?.span.note('taken from the mailbox');
        try {
          const outcome = behaviour.receive(state, message, context);
          this.#decided(message, handling, outcome);
          return outcome;
        } catch (error) {
          this.#fail(message, 'the actor threw');
          throw error;
        }
      },
    };
  }

  performer(performer: Performer<StationEffect>): Performer<StationEffect> {
    return {
      perform: (token, epoch, effects) => {
        for (const effect of effects) this.#performed(effect);
        performer.perform(token, epoch, effects);
      },
      settle: (entries) => performer.settle(entries),
      eventOf: (token, effect) => performer.eventOf?.(token, effect),
      recorded: (token, effects) => performer.recorded?.(token, effects),
    };
  }

  #arrived(message: Message): Message {
    const open = message.type === 'call' ? this.#calls.get(keyOf(message)) : undefined;
    open?.span.note('came again');
    const handling = open ?? this.#begin(message);
    if (handling === undefined) return message;
    const arrived = { ...message, traceparent: handling.span.traceparent };
    this.#arrivals.set(arrived, handling);
    return arrived;
  }

  #begin(message: Message): Handling | undefined {
    const span = this.tracer.follow(message.traceparent, `handle ${nameOf(message)}`, CONSUMER);
    if (span === undefined) return undefined;
    span.set(attributesOf(message));
    const since = this.clock.monotonic();
    const handling = { span, since, commit: undefined, asked: false };
    if (message.type !== 'call') return handling;
    this.#makeRoom(since);
    this.#calls.set(keyOf(message), handling);
    return handling;
  }

  #makeRoom(now: number): void {
    for (const [key, oldest] of this.#calls) {
      if (this.#calls.size < MOST_OPEN && now - oldest.since < OLDEST_MS) return;
      this.#calls.delete(key);
      close(oldest, 'not answered');
    }
  }

  #handlingOf(message: StationMessage): Handling | undefined {
    return isTraced(message) ? this.#arrivals.get(message) : undefined;
  }

  /** The actor has decided; what it wants done is performed when it is durable. */
  #decided(
    message: StationMessage,
    handling: Handling | undefined,
    { effects, commit }: Outcome<StationState, StationEffect>,
  ): void {
    const answering = handling ?? this.#answered(effects);
    if (answering === undefined) return;
    const events = effects.reduce((count, { type }) => count + (type === 'event' ? 1 : 0), 0);
    if (commit) {
      answering.commit = this.tracer.follow(answering.span.traceparent, 'commit', INTERNAL);
      answering.commit?.set({ 'stationmaster.events': events });
    }
    if (handling === undefined) return;
    if (message.type === 'call') {
      handling.asked ||= effects.some(({ type }) => type === 'ask');
      if (handling.asked || effects.some(({ type }) => type === 'reply')) return;
      return this.#fail(message, 'not answered: its connection is over');
    }
    const last = effects.findLast(({ type }) => type !== 'event' && type !== 'answer');
    if (last === undefined) close(handling);
    else this.#ends.set(last, handling);
  }

  /** The CALL that is answered among `effects`, by another message than itself: a decision, or that none came in time. */
  #answered(effects: readonly StationEffect[]): Handling | undefined {
    if (this.#calls.size === 0) return undefined;
    for (const effect of effects) if (effect.type === 'reply') return this.#calls.get(keyOf(effect));
    return undefined;
  }

  #performed(effect: StationEffect): void {
    if (effect.type === 'reply') {
      if (this.#calls.size > 0) this.#replied(keyOf(effect), effect.frame);
    } else if (effect.type === 'ask') {
      const handling = this.#calls.get(effect.askId.slice(0, effect.askId.lastIndexOf('/')));
      endCommit(handling);
      handling?.span.note('asked for a decision');
    } else {
      const handling = this.#ends.get(effect);
      if (handling !== undefined) close(handling);
    }
  }

  #replied(key: string, frame: string): void {
    const handling = this.#calls.get(key);
    if (handling === undefined) return;
    const isError = frame.startsWith('[4');
    handling.span.set({ 'ocpp.outcome': isError ? 'error' : 'result' });
    this.#calls.delete(key);
    close(handling, isError ? 'CALLERROR' : undefined);
  }

  #fail(message: StationMessage, why: string): void {
    const handling = this.#handlingOf(message);
    if (handling === undefined) return;
    if (message.type === 'call') this.#calls.delete(keyOf(message));
    close(handling, why);
  }
}

function close(handling: Handling, why?: string): void {
  endCommit(handling);
  if (why !== undefined) handling.span.fail(why);
  handling.span.end();
}

function endCommit(handling: Handling | undefined): void {
  handling?.commit?.end();
  if (handling !== undefined) handling.commit = undefined;
}

function isTraced(message: StationMessage): message is Message {
  return 'traceparent' in message && message.traceparent !== undefined && message.type !== 'send';
}

const keyOf = ({
  connection,
  id,
}: {
  readonly connection: { readonly connectionId: string };
  readonly id: string;
}) => `${connection.connectionId}/${id}`;

function nameOf(message: Message): string {
  switch (message.type) {
    case 'call':
      return message.action;
    case 'command':
      return `command ${message.action}`;
    case 'result':
    case 'failure':
      return 'the answer of a station';
  }
}

function attributesOf(message: Message) {
  if (message.type === 'command') {
    return { 'ocpp.action': message.action, 'stationmaster.command_id': message.commandId };
  }
  const { connection, id } = message;
  const about = {
    'ocpp.version': connection.version,
    'ocpp.message_id': id,
    'stationmaster.connection_id': connection.connectionId,
  };
  return message.type === 'call' ? { 'ocpp.action': message.action, ...about } : about;
}
