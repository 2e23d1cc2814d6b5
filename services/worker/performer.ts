import type { Question } from '../../libs/api/mod.js';
import type { Pending, Performer } from '../../libs/actor/mod.js';
import { BusError, type Bus } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { EventLogError, type EventEntry, type EventLog } from '../../libs/eventlog/mod.js';
import { encodeDown, stationIdOf, subjects, type Connection, type Down } from '../../libs/link/mod.js';
import type { Cell, Logger } from '../../libs/ops/mod.js';
import { answerCommand, tell } from './answers.js';
import type { WorkerMetrics } from './metrics.js';
import { LOGGED_EVENTS, type EventEffect, type StationEffect } from './station/mod.js';

export interface StationPerformerOptions {
  readonly bus: Bus;
  readonly eventlog: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  ask(token: string, askId: string, action: string, question: Question): void;
}

/** Performs the effects of station actors: frames go to the edge, events to the log, questions and answers to the bus. */
export class StationPerformer implements Performer<StationEffect> {
  readonly #subjects = new WeakMap<Connection, string>();
  /** One for each event type. */
  readonly #appendedByType = new Map<string, Cell>();
  /** Of entries whose log line names the connection. */
  readonly #connectionIds = new WeakMap<EventEntry, string>();

  constructor(private readonly options: StationPerformerOptions) {}

  perform(token: string, epoch: number, effects: readonly StationEffect[]): void {
    for (const effect of effects) this.#perform(token, epoch, effect);
  }

  #perform(token: string, epoch: number, effect: StationEffect): void {
    switch (effect.type) {
      case 'reply':
        this.#send(effect.connection, { kind: 'reply', epoch, id: effect.id, frame: effect.frame });
        return;
      case 'order': {
        const { id, frame, traceparent } = effect;
        const traced = traceparent !== undefined && { traceparent };
        this.#send(effect.connection, { kind: 'order', epoch, id, frame, ...traced });
        return;
      }
      case 'received':
        this.#send(effect.connection, {
          kind: 'received',
          epoch,
          id: effect.id,
          ...(effect.error !== undefined && { frame: effect.error }),
        });
        return;
      case 'close':
        this.#send(effect.connection, { kind: 'close', epoch, code: effect.code, reason: effect.reason });
        return;
      case 'ask':
        this.options.ask(token, effect.askId, effect.action, effect.question);
        return;
      case 'tell':
        tell(this.options.bus, effect.to, effect.word);
        return;
      case 'ended':
        this.options.metrics.commands.cell(effect.outcome).add();
        return;
      case 'count':
        this.options.metrics.station.cell(effect.counter).add();
        return;
      case 'event':
      case 'answer':
        throw new Error(`a durable effect (${effect.type}) came without a commit`);
    }
  }

  /** A frame that cannot be sent now is not lost: the edge asks again, and the actor repeats itself. */
  #send(connection: Connection, down: Down): void {
    try {
      this.options.bus.publish(this.#subjectOf(connection), encodeDown(down));
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.options.metrics.unsent.cell(down.kind).add();
    }
  }

  /** Made once where the edge is in the same process and a connection the same object each time. */
  #subjectOf(connection: Connection): string {
    let subject = this.#subjects.get(connection);
    if (subject === undefined) {
      subject = subjects.connection(connection.edgeId, connection.connectionId);
      this.#subjects.set(connection, subject);
    }
    return subject;
  }

  /** An outcome counts as told when the server has it: what is published while a connection breaks may be lost. */
  async settle(entries: readonly Pending<StationEffect>[]): Promise<readonly boolean[]> {
    const events: EventEntry[] = [];
    const answered: boolean[] = [];
    for (const { key, effect, again } of entries) {
      if (effect.type === 'event') events.push(this.#entryOf(key, effect, again));
      answered.push(effect.type === 'answer' && this.#answer(effect));
    }
    const [appended, told] = await Promise.all([
      events.length === 0 ? [] : this.#append(events),
      answered.includes(true) && this.#flushed(),
    ]);
    let event = 0;
    return entries.map(({ effect }, at) =>
      effect.type === 'event' ? appended[event++] === true : told && answered[at] === true,
    );
  }

  async #flushed(): Promise<boolean> {
    try {
      await this.options.bus.flush();
      return true;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      return false;
    }
  }

  eventOf(token: string, effect: StationEffect): EventEntry | undefined {
    return effect.type === 'event' ? this.#entryOf(token, effect, false) : undefined;
  }

  recorded(token: string, effects: readonly StationEffect[]): void {
    for (const effect of effects) {
      if (effect.type !== 'event') continue;
      this.#appended(token, effect.eventType, effect.number, effect.connectionId);
    }
  }

  /**
   * One flag for each, in order: true when it is in the log, or can never be. One that the log refuses must not hold up the
   * others, so those that are refused together are appended by halves, in order, until it stands alone.
   */
  async #append(events: readonly EventEntry[]): Promise<readonly boolean[]> {
    const { eventlog, clock, metrics } = this.options;
    const began = clock.monotonic();
    try {
      await eventlog.append(events);
      metrics.appendSeconds.observe((clock.monotonic() - began) / 1000);
    } catch (error) {
      if (!(error instanceof EventLogError && error.code === 'bad_argument')) {
        metrics.appendFailures.add();
        this.options.logger.error({ err: error, events: events.length }, 'event_append_failed');
        return events.map(() => false);
      }
      const [event] = events;
      if (events.length > 1) return await this.#appendHalves(events);
      if (event !== undefined) this.#refused(event, error);
      return [true];
    }
    for (const event of events) {
      this.#appended(event.station, event.type, event.number, this.#connectionIds.get(event));
    }
    return events.map(() => true);
  }

  /** When the log fails, what comes after is not tried: an event that overtook another of its station would bar it. */
  async #appendHalves(tried: readonly EventEntry[]): Promise<readonly boolean[]> {
    const events = tried.map((event) => this.#again(event));
    const half = Math.ceil(events.length / 2);
    const first = await this.#append(events.slice(0, half));
    const rest = events.slice(half);
    return [...first, ...(first.every(Boolean) ? await this.#append(rest) : rest.map(() => false))];
  }

  /** It would be refused for ever. */
  #refused({ station, type, incarnation, number, data }: EventEntry, error: EventLogError): void {
    this.options.metrics.refusedEvents.add();
    const stationId = stationIdOf(station) ?? station;
    this.options.logger.error(
      { stationId, event: type, incarnation, number, bytes: data.length, err: error },
      'event_refused_and_dropped',
    );
  }

  #answer(effect: StationEffect & { type: 'answer' }): boolean {
    try {
      answerCommand(this.options.bus, effect.reply, effect.outcome);
      return true;
    } catch (error) {
      if (error instanceof BusError && error.code === 'unavailable') return false;
      this.options.logger.error({ err: error, reply: effect.reply }, 'command_answer_dropped');
      return true;
    }
  }

  #entryOf(token: string, effect: EventEffect, again: boolean): EventEntry {
    const { incarnation, number, eventType: type, json: data, connectionId } = effect;
    const entry = again
      ? { station: token, incarnation, number, type, data, again }
      : { station: token, incarnation, number, type, data };
    if (connectionId !== undefined) this.#connectionIds.set(entry, connectionId);
    return entry;
  }

  #again(event: EventEntry): EventEntry {
    const again = { ...event, again: true };
    const connectionId = this.#connectionIds.get(event);
    if (connectionId !== undefined) this.#connectionIds.set(again, connectionId);
    return again;
  }

  #appended(token: string, type: string, number: number, connectionId: string | undefined): void {
    let appended = this.#appendedByType.get(type);
    if (appended === undefined) {
      appended = this.options.metrics.events.cell(type);
      this.#appendedByType.set(type, appended);
    }
    appended.add();
    if (!isLogged(type)) return;
    const stationId = stationIdOf(token) ?? token;
    const connection = connectionId !== undefined && { connectionId };
    this.options.logger.info({ stationId, ...connection, event: type, number }, 'station_event');
  }
}

const isLogged = (type: string): boolean => (LOGGED_EVENTS as ReadonlySet<string>).has(type);
