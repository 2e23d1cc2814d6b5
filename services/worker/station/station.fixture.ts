import assert from 'node:assert/strict';
import type {
  AnyStationEvent,
  CommandOutcome,
  CommandTerms,
  EventType,
  StationEvent,
} from '../../../libs/api/mod.js';
import type { Connection, Durable, Query } from '../../../libs/link/mod.js';
import { findAction, type ActionName, type Request, type Version } from '../../../libs/ocpp/mod.js';
import { DEFAULT_STATION_CONFIG, type DecisionAction, type StationConfig } from './config.js';
import type { OwnersWord, StationCounter, StationEffect } from './effects.js';
import type { CommandMessage, StationMessage } from './messages.js';
import { stationBehaviour } from './mod.js';
import type { StationState } from './state.js';

/** 2026-11-21T10:00:00Z */
export const START = Date.UTC(2026, 10, 21, 10);

export const configWith = (asks: readonly DecisionAction[] = [], more: Partial<StationConfig> = {}) => ({
  ...DEFAULT_STATION_CONFIG,
  ...more,
  asks: new Set(asks),
});

export function connectionOf(
  version: Version,
  connectionId = 'c1',
  more: Partial<Connection> = {},
): Connection {
  return {
    edgeId: 'e1',
    connectionId,
    version,
    connectedAt: START,
    provisioned: true,
    securityProfile: 1,
    ...more,
  };
}

export type CommandOptions = Partial<Omit<CommandMessage, 'type' | 'commandId' | 'action' | 'payload'>> & {
  readonly id?: string;
};

/** A command as a dispatcher hands it over, whose inbox is `d.<commandId>`. */
export const commandOf = (
  commandId: string,
  more: Partial<CommandMessage> & { readonly action: string },
): CommandMessage => ({
  type: 'command',
  commandId,
  payload: {},
  terms: 'own' satisfies CommandTerms,
  timeoutMs: 30_000,
  reply: `inbox.${commandId}`,
  keyed: false,
  cursor: 0,
  dispatcher: `d.${commandId}`,
  ...more,
});

/** What the actor answered to a CALL. */
export type Answer =
  | { readonly id: string; readonly payload: Record<string, unknown> }
  | { readonly id: string; readonly code: string; readonly description: string };

const encoder = new TextEncoder();

/**
 * A host of one station actor, with nothing behind it: commits at once, and keeps what was done. Holds every outcome to
 * what the contract says: no state is ever changed in place, durable effects come only with a commit, every
 * answer passes the schema of its action, events are numbered without a gap.
 */
export class TestStation {
  now = START;
  state: StationState;
  connection: Connection;
  /** Everything done, in order. */
  readonly effects: StationEffect[] = [];
  readonly events: AnyStationEvent[] = [];
  /** What callers heard: an outcome, or that the command was not taken, from who handed it over. */
  readonly outcomes: { reply: string; outcome: CommandOutcome }[] = [];
  /** What those heard who handed messages over. */
  readonly told: { to: string; word: OwnersWord }[] = [];
  /** The outcome of the last message. */
  last: readonly StationEffect[] = [];
  committed = false;
  record: Uint8Array | undefined;
  readonly #behaviour;
  readonly #actions = new Map<string, string>();
  #unique = 100;
  #id = 0;

  constructor(version: Version = '1.6', config: StationConfig = configWith(), token = 'ST-1') {
    this.#behaviour = stationBehaviour(config);
    this.token = token;
    this.state = this.#behaviour.create(token, this.now);
    this.connection = connectionOf(version);
  }

  readonly token: string;

  tell(message: StationMessage): readonly StationEffect[] {
    const before = this.state;
    deepFreeze(before);
    deepFreeze(message);
    const { state, effects, commit } = this.#behaviour.receive(before, message, {
      now: this.now,
      time: this.now,
      uniqueNumber: () => this.#unique++,
    });
    const durable = effects.filter((effect) => this.#behaviour.isDurable(effect));
    assert.ok(commit || durable.length === 0, 'a durable effect needs a commit');
    if (commit) this.record = this.#behaviour.encode(state, durable);
    this.committed = commit;
    this.state = state;
    this.last = effects;
    for (const effect of effects) this.#perform(effect, message);
    return effects;
  }

  /** Loses everything that was not committed, and starts again from the record. */
  crash(): void {
    this.state =
      this.record === undefined
        ? this.#behaviour.create(this.token, this.now)
        : this.#behaviour.decode(this.record, this.token).state;
    this.tell({ type: 'activated' });
  }

  connect(connection: Connection = this.connection, resumed = false): readonly StationEffect[] {
    this.connection = connection;
    return this.tell({ type: 'connected', connection, resumed });
  }

  disconnect(code = 1006): readonly StationEffect[] {
    return this.tell({ type: 'disconnected', connection: this.connection, code });
  }

  /** Sends a CALL, which must be valid, and gives its answer; undefined when there was none. */
  call<V extends Version, A extends ActionName<V>>(
    version: V,
    action: A,
    payload: Request<V, A>,
    options: { id?: string; connection?: Connection } = {},
  ): Answer | undefined {
    assert.equal((options.connection ?? this.connection).version, version);
    return this.callAny(action, payload, options);
  }

  callAny(
    action: string,
    payload: unknown,
    {
      id = `m${++this.#id}`,
      connection = this.connection,
      text = JSON.stringify(payload),
    }: { id?: string | undefined; connection?: Connection; text?: string } = {},
  ): Answer | undefined {
    const violation = findAction(connection.version, action)?.checkRequest(payload);
    assert.equal(violation, undefined, `${action}: ${violation?.message}`);
    const raw = encoder.encode(text);
    this.expectAnswer(connection, id, action);
    const type = findAction(connection.version, action)?.kind ?? 'call';
    this.tell({ type, connection, id, action, payload, raw });
    return this.answer;
  }

  /** A CALL is on its way: its answer will be held against the schema of `action`. */
  expectAnswer(connection: Connection, id: string, action: string): void {
    this.#actions.set(`${connection.connectionId}/${id}`, action);
  }

  /** Sends a command; gives its outcome when it has ended at once. */
  command(action: string, payload: unknown, options: CommandOptions = {}): CommandOutcome | undefined {
    const { id = `k${++this.#id}`, reply = `inbox.${id}`, ...more } = options;
    const before = this.outcomes.length;
    this.tell(commandOf(id, { action, payload, reply, ...more }));
    return this.outcomes[before]?.outcome;
  }

  /** A command that may wait, a day unless told. */
  enqueue(
    action: string,
    payload: unknown,
    { ttlMs = 86_400_000, once = false, supersedeKey, ...options }: CommandOptions & Partial<Durable> = {},
  ): CommandOutcome | undefined {
    const durable = { ttlMs, once, ...(supersedeKey !== undefined && { supersedeKey }) };
    return this.command(action, payload, { ...options, durable });
  }

  /** The answer to a query. */
  ask(query: Query): unknown {
    return this.#answered({ type: 'query', query, dispatcher: 'asks' });
  }

  cancel(commandId: string): unknown {
    return this.#answered({ type: 'cancel', commandId, dispatcher: 'asks' });
  }

  #answered(message: StationMessage): unknown {
    this.tell(message);
    const word = this.told.at(-1)?.word;
    assert.ok(typeof word === 'object' && 'answer' in word);
    return word.answer;
  }

  result(id: string, payload: unknown, connection = this.connection): readonly StationEffect[] {
    return this.tell({ type: 'result', connection, id, payload });
  }

  /** Answers the pending question. */
  decide(answer: unknown): Answer | undefined {
    const [pending] = this.state.asks;
    assert.ok(pending, 'a question is pending');
    this.tell({ type: 'decided', askId: pending.askId, answer });
    return this.answer;
  }

  /** Lets time pass; wakes the actor whenever it wants. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const at = this.wakeAt;
      if (at === null || at > until) break;
      this.now = Math.max(this.now, at);
      this.tell({ type: 'wake' });
      assert.ok(this.wakeAt === null || this.wakeAt > this.now, 'a wake-up deals with what has run out');
    }
    this.now = until;
  }

  get wakeAt(): number | null {
    return this.#behaviour.wakeAt(this.state);
  }

  get mayPassivate(): boolean {
    return this.#behaviour.mayPassivate(this.state);
  }

  /** The answer among the last effects. */
  get answer(): Answer | undefined {
    const reply = this.last.find((effect) => effect.type === 'reply');
    return reply && parseAnswer(reply.frame);
  }

  get payload(): Record<string, unknown> {
    const { answer } = this;
    assert.ok(answer !== undefined && 'payload' in answer, `not a result: ${JSON.stringify(answer)}`);
    return answer.payload;
  }

  /** Counters of the last outcome. */
  get counts(): StationCounter[] {
    return this.last.flatMap((effect) => (effect.type === 'count' ? [effect.counter] : []));
  }

  /** Events of the last outcome. */
  get lastEvents(): AnyStationEvent[] {
    return this.last.flatMap((effect) =>
      effect.type === 'event' ? [JSON.parse(textOf(effect.json)) as AnyStationEvent] : [],
    );
  }

  /** The only event of this type in the last outcome. */
  lastEvent<T extends EventType>(type: T): StationEvent<T> {
    const found = this.lastEvents.filter((event) => event.type === type);
    assert.equal(
      found.length,
      1,
      `one ${type} among ${this.lastEvents.map((event) => event.type).join(', ')}`,
    );
    return found[0] as unknown as StationEvent<T>;
  }

  typesOfEvents(): EventType[] {
    return this.events.map(({ type }) => type);
  }

  orders(): (StationEffect & { type: 'order' })[] {
    return this.effects.filter((effect) => effect.type === 'order');
  }

  #perform(effect: StationEffect, message: StationMessage): void {
    this.effects.push(effect);
    switch (effect.type) {
      case 'event': {
        const event = JSON.parse(textOf(effect.json)) as AnyStationEvent;
        assert.equal(effect.number, this.events.length + 1, 'events are numbered without a gap');
        this.events.push(event);
        return;
      }
      case 'answer':
        this.outcomes.push({ reply: effect.reply, outcome: effect.outcome });
        return;
      case 'tell': {
        const { to, word } = effect;
        this.told.push({ to, word });
        if (message.type !== 'command' || typeof word !== 'object' || !('refused' in word)) return;
        this.outcomes.push({ reply: message.reply, outcome: { status: 'refused', ...word.refused } });
        return;
      }
      case 'reply':
        this.#checkReply(effect.connection, effect.id, effect.frame);
        return;
    }
  }

  #checkReply({ connectionId, version }: Connection, id: string, frame: string): void {
    const answer = parseAnswer(frame);
    assert.equal(answer.id, id);
    if (!('payload' in answer)) return;
    const action = this.#actions.get(`${connectionId}/${id}`);
    assert.ok(action !== undefined, 'a reply answers a CALL of its connection');
    const violation = findAction(version, action)?.checkResponse?.(answer.payload);
    assert.equal(violation, undefined, `${version} ${action}: ${violation?.message} in ${frame}`);
  }
}

function parseAnswer(frame: string): Answer {
  const [type, id, ...rest] = JSON.parse(frame) as [number, string, ...unknown[]];
  if (type === 3) return { id, payload: rest[0] as Record<string, unknown> };
  assert.equal(type, 4);
  return { id, code: rest[0] as string, description: rest[1] as string };
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}

/** The code of an answer that must be a CALLERROR. */
export function codeOf(answer: Answer | undefined): string {
  assert.ok(answer !== undefined && 'code' in answer, `not an error: ${JSON.stringify(answer)}`);
  return answer.code;
}

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
