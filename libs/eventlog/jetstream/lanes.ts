import { EventLogError } from '../errors.js';
import type { EventEntry } from '../eventlog.js';
import type { Numbered } from '../rules.js';
import type { Acknowledgement } from './acknowledgements.js';

/** One `append`: settled when each of its entries is. */
export class Call {
  readonly promise: Promise<void>;
  /** Lanes in which an entry of this call failed; each as often as one did. */
  readonly #blocked: Lane[] = [];
  #left: number;
  #error: EventLogError | undefined;
  #resolve: () => void = () => undefined;
  #reject: (error: EventLogError) => void = () => undefined;

  constructor(
    private readonly total: number,
    /** By the clock's `monotonic`. */
    readonly startedAt: number,
  ) {
    this.#left = total;
    this.promise = new Promise((resolve, reject: (error: EventLogError) => void) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  done(): void {
    this.#left--;
    if (this.#left === 0) this.#settle();
  }

  failed(lane: Lane, error: EventLogError): void {
    // What fails for good is told before what may succeed later.
    if (this.#error === undefined || (error.code === 'bad_argument' && this.#error.code === 'unavailable'))
      this.#error = error;
    this.#blocked.push(lane);
    lane.blockers++;
    this.done();
  }

  #settle(): void {
    if (this.#error === undefined) {
      this.#resolve();
      return;
    }
    for (const lane of this.#blocked) lane.blockers--;
    const { code, message } = this.#error;
    const told = `${this.#blocked.length} of ${this.total} events are not appended: ${message}`;
    this.#reject(new EventLogError(code, told, { cause: this.#error }));
  }
}

/** An entry on its way into the log. */
export class Item {
  /** The one behind it in its lane. */
  next: Item | undefined;
  /** Who waits for the acknowledgement, when it is not the lane. */
  search: ((acknowledgement: Acknowledgement) => void) | undefined;

  constructor(
    readonly lane: Lane,
    readonly entry: EventEntry,
    readonly subject: string,
    readonly call: Call,
  ) {}
}

/**
 * A station: its entries that wait, the first of them perhaps on its way. One entry at a time is: a later one that
 * arrives while an earlier one is lost would stand before it. For the same reason an entry that fails takes with it all
 * that wait behind it, and those that come until the calls of all these have been rejected (`blockers`).
 */
export class Lane {
  first: Item | undefined;
  #last: Item | undefined;
  blockers = 0;
  /** The first entry is on its way, or the lane stands in the queue of those whose first entry may go. */
  busy = false;
  /** The first entry is on its way. */
  inFlight = false;
  #incarnation = -1;
  #number = 0;

  constructor(readonly station: string) {}

  /** True when this entry, or a later one of the station, is known to stand in the log. */
  covers({ incarnation, number }: Numbered): boolean {
    return incarnation < this.#incarnation || (incarnation === this.#incarnation && number <= this.#number);
  }

  /** This entry stands in the log. Another process may have appended later ones. */
  saw(entry: Numbered): void {
    if (this.covers(entry)) return;
    this.#incarnation = entry.incarnation;
    this.#number = entry.number;
  }

  add(item: Item): void {
    if (this.#last === undefined) this.first = item;
    else this.#last.next = item;
    this.#last = item;
  }

  /** Takes the first entry out. */
  shift(): void {
    this.first = this.first?.next;
    if (this.first === undefined) this.#last = undefined;
  }

  /** Takes out all entries, or those behind the one that is on its way. */
  takeWaiting(): Item[] {
    const kept = this.inFlight ? this.first : undefined;
    const taken: Item[] = [];
    for (let item = kept === undefined ? this.first : kept.next; item !== undefined; item = item.next)
      taken.push(item);
    if (kept !== undefined) kept.next = undefined;
    this.first = kept;
    this.#last = kept;
    return taken;
  }

  /** Nothing but its number is left to remember. */
  get isIdle(): boolean {
    return !this.busy && this.blockers === 0 && this.first === undefined;
  }
}

/** The lanes of the stations that appended last, and of all that have something under way. */
export class Lanes {
  #recent = new Map<string, Lane>();
  #older = new Map<string, Lane>();
  #added = 0;

  /** @param limit idle stations that are kept, twice at most: about 200 bytes each. */
  constructor(private readonly limit: number) {}

  of(station: string): Lane {
    let lane = this.#recent.get(station);
    if (lane !== undefined) return lane;
    lane = this.#older.get(station) ?? new Lane(station);
    if (this.#added >= this.limit) this.#forget();
    this.#added++;
    this.#recent.set(station, lane);
    return lane;
  }

  *all(): Iterable<Lane> {
    yield* this.#recent.values();
    yield* this.#older.values();
  }

  #forget(): void {
    const busy = [...this.#older].filter(([station, lane]) => !lane.isIdle && !this.#recent.has(station));
    this.#older = this.#recent;
    this.#recent = new Map(busy);
    this.#added = 0;
  }
}
