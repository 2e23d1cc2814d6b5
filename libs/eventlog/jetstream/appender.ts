import type { Clock } from '../../clock/mod.js';
import type { EventLogError } from '../errors.js';
import type { Cursor, EventEntry } from '../eventlog.js';
import { compareNumbers } from '../rules.js';
import { Acknowledgements, type Acknowledgement } from './acknowledgements.js';
import { apiCode, type StreamApi } from './api.js';
import { API_CODE, closed, explained, NOT_CONNECTED, unavailable } from './failure.js';
import { Call, Item, type Lane, Lanes } from './lanes.js';
import { idOf } from './names.js';
import { Queue } from './queue.js';

/** On their way to the server, at most; one entry may always be. */
const MAX_IN_FLIGHT = 1024;
const MAX_IN_FLIGHT_BYTES = 4 * 1024 * 1024;
/** Entries that are looked for in the log at the same moment. */
const MAX_SEARCHES = 32;
/** Past this an `append` is refused, unless nothing waits. */
const MAX_WAITING = 100_000;
const MAX_WAITING_BYTES = 128 * 1024 * 1024;
/** Stations whose newest entry is remembered, twice at most. */
const MAX_STATIONS = 32_768;
/** How often an entry is looked for when another process appends the same one at the same time. */
const MAX_TRIES = 5;

export interface AppenderOptions {
  readonly api: StreamApi;
  readonly clock: Clock;
  readonly ackTimeoutMs: number;
  /** An entry whose call began longer ago is looked for as if it said `again`. */
  readonly freshMs: number;
  /** An entry of this process was stored. */
  readonly onStored: (cursor: Cursor) => void;
  /** The stream is gone, or may be: nothing acknowledges. May be told often. */
  readonly onNoStream: () => void;
}

/**
 * Appends to the stream: many stations at the same time, of one station one entry after the other. An entry is sent
 *
 * - not at all, if this process saw it, or a later one of its station, in the log;
 * - as it is, if it is new: the stream drops a second message of its id within the duplicate window;
 * - under the condition that nothing came after the newest event of its subject, if it says `again` or its call began long
 *   ago (a process that was stopped may be late): and only if that event, looked up before, is an earlier one.
 */
export class Appender {
  readonly #acknowledgements: Acknowledgements<Item>;
  readonly #lanes = new Lanes(MAX_STATIONS);
  /** Lanes whose first entry may go. */
  readonly #ready = new Queue<Lane>();
  /** Those that wait because too many searches run. */
  readonly #toSearch = new Queue<Lane>();
  #inFlight = 0;
  #inFlightBytes = 0;
  #searches = 0;
  #waiting = 0;
  #waitingBytes = 0;
  #pumping = false;
  #open = true;

  constructor(private readonly options: AppenderOptions) {
    const { api, clock, ackTimeoutMs, onNoStream } = options;
    this.#acknowledgements = new Acknowledgements({
      link: api.link,
      clock,
      stream: api.stream,
      timeoutMs: ackTimeoutMs,
      settle: (item, acknowledgement) => this.#acknowledged(item, acknowledgement),
      onOverdue: (error) => {
        // Any other subscriber of the events' subjects keeps the server from saying that no stream takes them.
        onNoStream();
        this.#abandonWaiting(error);
      },
      onNoStream,
    });
  }

  /** Entries that were handed over and are not settled. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @param subjects one for each entry. */
  async append(entries: readonly EventEntry[], subjects: readonly string[]): Promise<void> {
    const { api, clock } = this.options;
    if (!api.link.connected) throw unavailable(NOT_CONNECTED);
    let bytes = 0;
    for (const { data } of entries) bytes += data.length;
    this.#refuseTooMuch(entries.length, bytes);
    const call = new Call(entries.length, clock.monotonic());
    this.#waiting += entries.length;
    this.#waitingBytes += bytes;
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at];
      if (entry !== undefined)
        this.#enqueue(new Item(this.#lanes.of(entry.station), entry, subjects[at] ?? '', call));
    }
    this.#pump();
    await call.promise;
  }

  /** The connection is lost: what is on its way has an unknown fate, what waits is not sent. */
  disconnected(error: EventLogError): void {
    this.#abandonWaiting(error);
    this.#acknowledgements.failAll(error);
  }

  close(): void {
    this.#open = false;
    this.#abandonWaiting(closed());
    this.#acknowledgements.close(closed());
  }

  #refuseTooMuch(count: number, bytes: number): void {
    if (this.#waiting === 0) return;
    if (this.#waiting + count <= MAX_WAITING && this.#waitingBytes + bytes <= MAX_WAITING_BYTES) return;
    throw unavailable(`${this.#waiting} events wait to be appended already: try again later`);
  }

  #enqueue(item: Item): void {
    const { lane } = item;
    if (lane.blockers > 0) {
      this.#fail(item, behindAnother(lane));
      return;
    }
    lane.add(item);
    if (lane.busy) return;
    lane.busy = true;
    this.#ready.push(lane);
  }

  /** Starts what may start. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#hasRoom()) {
      const lane =
        (this.#searches < MAX_SEARCHES ? this.#toSearch.shift() : undefined) ?? this.#ready.shift();
      if (lane === undefined) break;
      this.#advance(lane);
    }
    this.#pumping = false;
  }

  #hasRoom(): boolean {
    if (this.#inFlight === 0) return true;
    return this.#inFlight < MAX_IN_FLIGHT && this.#inFlightBytes < MAX_IN_FLIGHT_BYTES;
  }

  /** Sends the lane's first entry, after dropping those that stand in the log. */
  #advance(lane: Lane): void {
    for (let item = lane.first; item !== undefined; item = lane.first) {
      if (!lane.covers(item.entry)) {
        this.#start(item);
        return;
      }
      lane.shift();
      this.#settle(item);
    }
    lane.busy = false;
  }

  #start(item: Item): void {
    const { clock, freshMs } = this.options;
    const { lane, entry, call } = item;
    if (entry.again !== true && clock.monotonic() - call.startedAt <= freshMs) {
      lane.inFlight = true;
      this.#publish(item);
    } else if (this.#searches < MAX_SEARCHES) {
      lane.inFlight = true;
      void this.#search(item);
    } else {
      this.#toSearch.push(lane);
    }
  }

  #publish(item: Item, expected?: number): void {
    const { entry, subject } = item;
    this.#inFlight++;
    this.#inFlightBytes += entry.data.length;
    const message = { subject, id: idOf(entry), data: entry.data };
    this.#acknowledgements.publish(expected === undefined ? message : { ...message, expected }, item);
  }

  #acknowledged(item: Item, acknowledgement: Acknowledgement): void {
    const { outcome } = acknowledgement;
    this.#inFlight--;
    this.#inFlightBytes -= item.entry.data.length;
    if (outcome === 'stored') this.options.onStored(acknowledgement.sequence);
    if (item.search !== undefined) {
      item.search(acknowledgement);
      return;
    }
    if (outcome === 'stored') this.#stored(item);
    else this.#failLane(item.lane, errorOf(acknowledgement));
    this.#pump();
  }

  async #search(item: Item): Promise<void> {
    this.#searches++;
    try {
      const error = await this.#appendUnlessThere(item);
      if (error === undefined) this.#stored(item);
      else this.#failLane(item.lane, error);
    } finally {
      this.#searches--;
      this.#pump();
    }
  }

  /** Resolves to what went wrong; when it resolves to nothing, the entry stands in the log. */
  async #appendUnlessThere(item: Item): Promise<EventLogError | undefined> {
    const { api, onNoStream } = this.options;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const last = await api.lastOf(item.subject).catch((error: unknown) => explained(error, api.stream));
      if (last instanceof Error) {
        if (apiCode(last) === API_CODE.noStream) onNoStream();
        return last;
      }
      if (last?.numbers !== undefined && compareNumbers(item.entry, last.numbers) <= 0) return undefined;
      if (!this.#open) return closed();
      const acknowledgement = await new Promise<Acknowledgement>((resolve) => {
        item.search = resolve;
        this.#publish(item, last?.sequence ?? 0);
      });
      if (acknowledgement.outcome === 'stored') return undefined;
      if (acknowledgement.outcome === 'failed') return acknowledgement.error;
    }
    return errorOf({ outcome: 'moved' });
  }

  /** The first entry of its lane stands in the log. */
  #stored(item: Item): void {
    const { lane, entry } = item;
    lane.saw(entry);
    lane.shift();
    lane.inFlight = false;
    if (lane.first === undefined) lane.busy = false;
    else this.#ready.push(lane);
    this.#settle(item);
  }

  /** The lane's first entry is not known to stand in the log, so none of those behind it may go. */
  #failLane(lane: Lane, error: EventLogError): void {
    lane.inFlight = false;
    lane.busy = false;
    let why = error;
    for (const item of lane.takeWaiting()) {
      this.#fail(item, why);
      // What is refused for good is this entry, not those behind it.
      if (error.code === 'bad_argument') why = behindAnother(lane);
    }
  }

  /** Nothing more is sent of what waits now. */
  #abandonWaiting(error: EventLogError): void {
    for (const lane of this.#lanes.all()) {
      if (lane.first === undefined) continue;
      for (const item of lane.takeWaiting()) this.#fail(item, error);
    }
  }

  #settle(item: Item): void {
    this.#forget(item);
    item.call.done();
  }

  #fail(item: Item, error: EventLogError): void {
    this.#forget(item);
    item.call.failed(item.lane, error);
  }

  #forget({ entry }: Item): void {
    this.#waiting--;
    this.#waitingBytes -= entry.data.length;
  }
}

const behindAnother = (lane: Lane): EventLogError =>
  unavailable(`an earlier event of ${lane.station} is not appended`);

function errorOf(acknowledgement: Exclude<Acknowledgement, { outcome: 'stored' }>): EventLogError {
  return acknowledgement.outcome === 'failed'
    ? acknowledgement.error
    : unavailable('another process appends the same event at the same time: try again later');
}
