import type { Clock, Timer } from './clock.js';

export interface TimerWheelOptions {
  /** A timer runs at its time or up to so many milliseconds later. */
  readonly resolutionMs?: number;
  /** Callbacks that run in one turn of the event loop; the rest goes on in the next turn. */
  readonly maxPerTurn?: number;
}

/** Power of two. At 100 ms a revolution takes 102 s; timers further away are passed over once in each. */
const SLOTS = 1024;
/** The list of timers that are due and wait for their turn. */
const DUE = SLOTS;
const UNLINKED = -1;

/**
 * Very many deadlines on one timer of the clock: setting and cancelling are O(1), a timer costs one small object. The
 * clock's timer is set for the next slot in use, and not at all while the wheel is empty. Timers run in the order of
 * their due ticks, then of their setting.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #maxPerTurn: number;
  readonly #origin: number;
  /** First entry of each circular list; the last one is its `previous`. */
  readonly #lists = new Array<Entry | undefined>(SLOTS + 1).fill(undefined);
  /** A bit per slot that has entries. */
  readonly #used = new Uint32Array(SLOTS / 32);
  /** Slots up to and including this tick have been looked at. */
  #tick = 0;
  #size = 0;
  #armed: Timer | undefined;
  #armedTick = 0;
  #running = false;
  #turnPending = false;

  constructor(clock: Clock, options: TimerWheelOptions = {}) {
    this.#clock = clock;
    this.#resolutionMs = options.resolutionMs ?? 100;
    this.#maxPerTurn = options.maxPerTurn ?? 1000;
    this.#origin = clock.monotonic();
  }

  /** Timers that are set and have not run. */
  get size(): number {
    return this.#size;
  }

  /** Calls `callback` once, no earlier than `delayMs` from now and never within this call. */
  schedule(delayMs: number, callback: () => void): Timer {
    return this.scheduleAt(this.#clock.monotonic() + delayMs, callback);
  }

  /** As `schedule`; `at` is a time of the clock's `monotonic`. One in the past counts as now. */
  scheduleAt(at: number, callback: () => void): Timer {
    if (this.#size === 0 && !this.#running) this.#tick = this.#currentTick();
    const due = Math.max(Math.ceil((at - this.#origin) / this.#resolutionMs), this.#tick + 1);
    const entry = new Entry(this, due, callback);
    this.#link(entry, due & (SLOTS - 1));
    this.#size++;
    if (!this.#running && !this.#turnPending) this.#armFor(due);
    return entry;
  }

  /** For `Entry` only. */
  remove(entry: Entry): void {
    if (entry.list === UNLINKED) return;
    this.#unlink(entry);
    this.#size--;
    if (this.#size === 0) this.#disarm();
  }

  #currentTick(): number {
    return Math.floor((this.#clock.monotonic() - this.#origin) / this.#resolutionMs);
  }

  /** @param reached the tick that the clock has reached at least, whatever rounding says. */
  #turn(reached: number): void {
    this.#running = true;
    try {
      this.#collect(Math.max(this.#currentTick(), reached));
      this.#runSome();
    } finally {
      this.#running = false;
      this.#goOn();
    }
  }

  /** Moves everything due up to `now` to the due list, without running it. */
  #collect(now: number): void {
    const last = Math.min(now, this.#tick + SLOTS);
    for (let tick = this.#nextUsed(this.#tick); tick <= last; tick = this.#nextUsed(tick)) {
      this.#collectSlot(tick & (SLOTS - 1), now);
    }
    this.#tick = Math.max(this.#tick, now);
  }

  #collectSlot(slot: number, now: number): void {
    const last = this.#lists[slot]?.previous;
    let entry = this.#lists[slot];
    while (entry !== undefined) {
      const next = entry.next;
      const wasLast = entry === last;
      if (entry.due <= now) {
        this.#unlink(entry);
        this.#link(entry, DUE);
      }
      entry = wasLast ? undefined : next;
    }
  }

  #runSome(): void {
    for (let left = this.#maxPerTurn; left > 0; left--) {
      const entry = this.#lists[DUE];
      if (entry === undefined) return;
      this.#unlink(entry);
      this.#size--;
      entry.callback();
    }
  }

  #goOn(): void {
    this.#disarm();
    if (this.#lists[DUE] !== undefined) {
      this.#turnPending = true;
      this.#clock.soon(() => {
        this.#turnPending = false;
        this.#turn(this.#tick);
      });
    } else if (this.#size > 0) {
      this.#armFor(this.#nextUsed(this.#tick));
    }
  }

  #armFor(tick: number): void {
    const wanted = Math.min(tick, this.#tick + SLOTS);
    if (this.#armed !== undefined && this.#armedTick <= wanted) return;
    this.#armed?.cancel();
    this.#armedTick = wanted;
    const delay = this.#origin + wanted * this.#resolutionMs - this.#clock.monotonic();
    this.#armed = this.#clock.setTimer(Math.max(delay, 0), () => {
      this.#armed = undefined;
      this.#turn(wanted);
    });
  }

  #disarm(): void {
    this.#armed?.cancel();
    this.#armed = undefined;
  }

  /** The first tick after `tick` whose slot has entries, at most a revolution away; Infinity if no slot has. */
  #nextUsed(tick: number): number {
    for (let ahead = 1; ahead <= SLOTS;) {
      const slot = (tick + ahead) & (SLOTS - 1);
      const bits = (this.#used[slot >>> 5] ?? 0) >>> (slot & 31);
      if (bits !== 0) {
        const found = ahead + (31 - Math.clz32(bits & -bits));
        return found <= SLOTS ? tick + found : Infinity;
      }
      ahead += 32 - (slot & 31);
    }
    return Infinity;
  }

  #link(entry: Entry, list: number): void {
    const first = this.#lists[list];
    entry.list = list;
    if (first === undefined) {
      entry.next = entry.previous = entry;
      this.#lists[list] = entry;
      this.#mark(list, true);
    } else {
      entry.next = first;
      entry.previous = first.previous;
      first.previous.next = entry;
      first.previous = entry;
    }
  }

  #unlink(entry: Entry): void {
    const list = entry.list;
    if (entry.next === entry) {
      this.#lists[list] = undefined;
      this.#mark(list, false);
    } else {
      entry.previous.next = entry.next;
      entry.next.previous = entry.previous;
      if (this.#lists[list] === entry) this.#lists[list] = entry.next;
    }
    entry.next = entry.previous = entry;
    entry.list = UNLINKED;
  }

  #mark(list: number, used: boolean): void {
    if (list === DUE) return;
    const word = this.#used[list >>> 5] ?? 0;
    const bit = 1 << (list & 31);
    this.#used[list >>> 5] = used ? word | bit : word & ~bit;
  }
}

class Entry implements Timer {
  list = UNLINKED;
  next: Entry = this;
  previous: Entry = this;

  constructor(
    private readonly wheel: TimerWheel,
    readonly due: number,
    readonly callback: () => void,
  ) {}

  cancel(): void {
    this.wheel.remove(this);
  }
}
