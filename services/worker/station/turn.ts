import type { EventData, EventType } from '../../../libs/api/mod.js';
import type { Context, Outcome } from '../../../libs/actor/mod.js';
import { formatTimestamp, parseTimestamp } from '../../../libs/ocpp/mod.js';
import type { StationConfig } from './config.js';
import { LOGGED_EVENTS, type StationCounter, type StationEffect } from './effects.js';
import { eventJson, type EventFrame, type Sparse } from './events.js';
import { draftOf, type Draft, type StationState } from './state.js';

/** Of `2026-11-21T10:00:00.000Z`: nothing is to be done about it, and formatting is what costs most here. */
const UTC_LENGTH = 24;

/** The handling of one message: gathers the new state and the effects. */
export class Turn {
  readonly state: Draft;
  readonly effects: StationEffect[] = [];
  commit = false;

  constructor(
    state: StationState,
    readonly context: Context,
    readonly config: StationConfig,
  ) {
    this.state = draftOf(state);
  }

  /** For deadlines and ages. */
  get now(): number {
    return this.context.now;
  }

  /** For what others are told. */
  get time(): number {
    return this.context.time;
  }

  get outcome(): Outcome<StationState, StationEffect> {
    return this;
  }

  do(effect: StationEffect): void {
    this.effects.push(effect);
  }

  count(counter: StationCounter): void {
    this.effects.push({ type: 'count', counter });
  }

  /** Decides an event: numbered, and durable with this turn's state. */
  event<T extends EventType>(type: T, data: Sparse<EventData[T]>, frame?: EventFrame): void {
    const { state } = this;
    state.eventNumber += 1;
    this.commit = true;
    const effect = {
      type: 'event',
      incarnation: state.incarnation,
      number: state.eventNumber,
      eventType: type,
      json: eventJson(state, this.time, type, data, frame),
    } as const;
    const connectionId = LOGGED_EVENTS.has(type) ? state.connection?.connectionId : undefined;
    this.effects.push(connectionId === undefined ? effect : { ...effect, connectionId });
  }

  /** A station's timestamp as RFC 3339 in UTC; undefined for none, or one that says nothing. Deviations are counted. */
  stationTime(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const parsed = parseTimestamp(text);
    if (parsed === undefined || parsed.quirk !== undefined) this.count('tolerated_timestamp');
    else if (text.length === UTC_LENGTH && text.endsWith('Z')) return text;
    return parsed && formatTimestamp(parsed.at);
  }
}
