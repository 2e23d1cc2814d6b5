import type { Context, Outcome } from './behaviour.js';
import { Backoff } from './backoff.js';
import { Cell, type Decision, Shard } from './cell.js';
import { Committer } from './committer.js';
import type { HostLimits, HostObserver, HostOptions } from './host-options.js';
import type { HeldLease } from './lease.js';
import { Outbox } from './outbox.js';
import { SteadyTime } from './steady-time.js';
import { UniqueNumbers } from './unique.js';

const RESERVE_RETRY_MS = 500;
/** Urgent messages may fill so many times the mailbox's limit. */
const URGENT_SHARE = 4;
/** Messages that nobody need send at once again, in the mailbox of an actor whose outbox is full. */
const WHILE_FULL = 8;
const LIMITS: HostLimits = { mailbox: 512, outbox: 64, passivateAfterMs: 10 * 60_000 };

/** `full`: the mailbox has no room; `not_owned`: this host does not hold the actor's shard. */
export type Delivery = 'accepted' | 'full' | 'not_owned';

/**
 * Hosts the actors of the shards it was granted: activates them from the store, gives each one message at a time,
 * makes its decision durable, then performs the effects. Nothing of a decision is seen outside before its commit.
 *
 * A shard's lease is looked at before each message is handled and before effects are performed, on the monotonic clock: a
 * process that was stopped for longer does nothing more in the shard's name when it goes on, whatever runs first.
 */
export class ActorHost<State, Message, Effect> {
  readonly #shards = new Map<number, Shard<State, Message, Effect>>();
  readonly #committer: Committer<State, Message, Effect>;
  readonly #outbox: Outbox<State, Message, Effect>;
  /** Shards whose grant is under way. */
  readonly #granting = new Map<number, Shard<State, Message, Effect>>();
  readonly #steady: SteadyTime;
  readonly #limits: HostLimits;
  readonly #observer: HostObserver<Message>;
  readonly #drained = new Map<Shard<State, Message, Effect>, (isEmpty: boolean) => void>();

  constructor(private readonly options: HostOptions<State, Message, Effect>) {
    const { behaviour, states, clock, performer } = options;
    this.#steady = new SteadyTime(clock);
    this.#limits = { ...LIMITS, ...options.limits };
    this.#observer = options.observer ?? {};
    this.#committer = new Committer({
      behaviour,
      performer,
      states,
      clock,
      committed: (cell) => this.#committed(cell),
      fenced: (shard) => this.#end(shard, 'fenced'),
      lapsed: (shard) => this.#end(shard, 'lapsed'),
      failed: (error, delayMs) => this.#observer.retrying?.('commit', error, delayMs),
      measured: (writes, ms) => this.#observer.committed?.(writes, ms),
    });
    this.#outbox = new Outbox({
      clock,
      performer,
      settled: (cell) => this.#settled(cell),
      lapsed: (shard) => this.#end(shard, 'lapsed'),
      failed: (error, delayMs) => this.#observer.retrying?.('outbox', error, delayMs),
    });
  }

  /**
   * Takes a shard over, under the lease's epoch: actors with pending effects or timers are activated. When it resolves,
   * messages for the shard are accepted. Rejects when the store cannot serve, a newer epoch exists, or the shard was
   * dropped meanwhile.
   */
  async grant(lease: HeldLease): Promise<void> {
    const { shard: number, epoch } = lease;
    this.drop(number);
    const { states, shards } = this.options;
    const unique = new UniqueNumbers(states, { number, epoch }, shards);
    const shard = new Shard<State, Message, Effect>(lease, unique);
    this.#granting.set(number, shard);
    const mustBeOurs = () => {
      if (this.#granting.get(number) !== shard)
        throw new Error(`shard ${number} was lost while it was loaded`);
    };
    await unique.reserve();
    mustBeOurs();
    this.#shards.set(number, shard);
    for await (const { key } of states.wakeups(number)) {
      mustBeOurs();
      this.#activate(shard, key);
    }
    mustBeOurs();
    this.#granting.delete(number);
  }

  /**
   * Gives a shard up gracefully: takes no new message, handles those in the mailboxes, commits, performs. Resolves
   * when nothing is left, with true; or after `withinMs`, with false: then what is left is dropped, as by a crash. The
   * lease may then be released.
   */
  async revoke(number: number, withinMs = Infinity): Promise<boolean> {
    const shard = this.#shards.get(number);
    if (shard === undefined) {
      this.drop(number);
      return true;
    }
    shard.open = false;
    const { clock } = this.options;
    const empty = await new Promise<boolean>((resolve) => {
      const timer = withinMs === Infinity ? undefined : clock.setTimer(withinMs, () => resolve(false));
      this.#drained.set(shard, (isEmpty) => {
        timer?.cancel();
        resolve(isEmpty);
      });
      this.#checkDrained(shard);
    });
    this.#drop(shard);
    return empty;
  }

  /** Forgets a shard at once: it is owned by somebody else. What was not committed never happened. */
  drop(number: number): void {
    this.#granting.delete(number);
    const shard = this.#shards.get(number);
    if (shard !== undefined) this.#drop(shard);
  }

  #drop(shard: Shard<State, Message, Effect>): void {
    const { number } = shard;
    if (this.#granting.get(number) === shard) this.#granting.delete(number);
    if (this.#shards.get(number) === shard) this.#shards.delete(number);
    for (const cell of shard.cells.values()) this.#forget(cell);
    this.#drained.get(shard)?.(false);
    this.#drained.delete(shard);
  }

  /** The shard is ours no more. One that was dropped before, and perhaps granted anew, is not meant. */
  #end(shard: Shard<State, Message, Effect>, why: 'fenced' | 'lapsed'): void {
    if (this.#shards.get(shard.number) !== shard) return;
    this.#drop(shard);
    this.#observer[why]?.(shard.number);
  }

  /** Puts a message into the mailbox of the actor `key`; may handle it within the call. */
  deliver(key: string, message: Message): Delivery {
    const shard = this.#shards.get(this.options.shardOf(key));
    if (shard === undefined || !shard.open) return 'not_owned';
    const cell = shard.cells.get(key) ?? this.#activate(shard, key);
    if (cell.mailbox.length >= this.#roomFor(cell, message)) {
      return shard.hasLapsed(this.options.clock.monotonic()) ? 'not_owned' : 'full';
    }
    cell.mailbox.push(message);
    this.#run(cell);
    return cell.gone ? 'not_owned' : 'accepted';
  }

  /** How many messages may stand before this one. What an actor that cannot go on does not take, is sent again. */
  #roomFor({ phase }: Cell<State, Message, Effect>, message: Message): number {
    const { mailbox } = this.#limits;
    if (this.options.behaviour.isUrgent(message)) return mailbox * URGENT_SHARE;
    return phase === 'full' ? Math.min(mailbox, WHILE_FULL) : mailbox;
  }

  /** Epoch of an owned shard; undefined for one that is not owned. */
  epochOf(shard: number): number | undefined {
    return this.#shards.get(shard)?.epoch;
  }

  /** Shards, actors in memory, messages in mailboxes, decisions that wait for their commit, effects in outboxes. */
  stats(): { shards: number; actors: number; messages: number; uncommitted: number; outbox: number } {
    const stats = {
      shards: this.#shards.size,
      actors: 0,
      messages: 0,
      uncommitted: this.#committer.waiting,
      outbox: 0,
    };
    for (const shard of this.#shards.values()) {
      stats.actors += shard.cells.size;
      for (const cell of shard.cells.values()) {
        stats.messages += cell.mailbox.length;
        stats.outbox += cell.outbox.length;
      }
    }
    return stats;
  }

  /** Passivates the actors that have been idle for long. To be called now and then. */
  sweep(): void {
    const before = this.options.clock.monotonic() - this.#limits.passivateAfterMs;
    for (const shard of this.#shards.values()) {
      for (const cell of shard.cells.values()) if (cell.lastActive <= before) this.#passivate(cell);
    }
  }

  #activate(shard: Shard<State, Message, Effect>, key: string): Cell<State, Message, Effect> {
    const existing = shard.cells.get(key);
    if (existing !== undefined) return existing;
    const cell = new Cell<State, Message, Effect>(key, shard);
    cell.lastActive = this.options.clock.monotonic();
    shard.cells.set(key, cell);
    void this.#load(cell, new Backoff(50, 500));
    return cell;
  }

  async #load(cell: Cell<State, Message, Effect>, backoff: Backoff): Promise<void> {
    const { behaviour, states, clock } = this.options;
    if (cell.gone) return;
    let record: Uint8Array | undefined;
    try {
      record = await states.load(cell.shard.number, cell.key);
    } catch (error) {
      const delayMs = backoff.next();
      this.#observer.retrying?.('load', error, delayMs);
      clock.setTimer(delayMs, () => void this.#load(cell, backoff));
      return;
    }
    if (cell.gone) return;
    if (cell.shard.hasLapsed(clock.monotonic())) return this.#end(cell.shard, 'lapsed');
    try {
      if (record === undefined) {
        cell.state = behaviour.create(cell.key, this.#steady.now());
        cell.indexedWake = null;
      } else {
        const { state, outbox } = behaviour.decode(record, cell.key);
        cell.state = state;
        cell.outbox = outbox;
        cell.tried = outbox.length;
      }
    } catch (error) {
      this.#observer.unreadable?.(cell.key, [...cell.mailbox], error);
      cell.shard.cells.delete(cell.key);
      this.#forget(cell);
      this.#checkDrained(cell.shard);
      return;
    }
    cell.phase = 'idle';
    this.#observer.activated?.();
    if (cell.outbox.length > 0) this.#outbox.add(cell);
    cell.mailbox.unshift(behaviour.signals.activated);
    this.#run(cell);
  }

  #run(cell: Cell<State, Message, Effect>): void {
    while (cell.phase === 'idle' && cell.mailbox.length > 0) {
      if (cell.outbox.length >= this.#limits.outbox) {
        cell.phase = 'full';
        return;
      }
      const { unique } = cell.shard;
      if (unique.runsLow) this.#reserve(cell.shard);
      if (unique.available === 0) return;
      const now = this.options.clock.monotonic();
      if (cell.shard.hasLapsed(now)) return this.#end(cell.shard, 'lapsed');
      const message = cell.mailbox.shift() as Message;
      if (message === this.options.behaviour.signals.wake) cell.wakeWaits = false;
      this.#receive(cell, message, now);
    }
    this.#arm(cell);
    if (!cell.shard.open) this.#checkDrained(cell.shard);
  }

  #receive(cell: Cell<State, Message, Effect>, message: Message, now: number): void {
    const { behaviour, clock, performer } = this.options;
    cell.lastActive = now;
    let outcome: Outcome<State, Effect>;
    try {
      const context = new Moment(this.#steady.now(), clock.now(), cell.shard.unique);
      outcome = behaviour.receive(cell.state as State, message, context);
    } catch (error) {
      this.#observer.crashed?.(cell.key, message, error);
      return;
    }
    if (!outcome.commit) {
      cell.state = outcome.state;
      if (outcome.effects.length > 0) performer.perform(cell.key, cell.shard.epoch, outcome.effects);
      return;
    }
    cell.decided = this.#parted(outcome);
    cell.phase = 'committing';
    this.#committer.add(cell);
  }

  #parted({ state, effects }: Outcome<State, Effect>): Decision<State, Effect> {
    const durable: Effect[] = [];
    const transient: Effect[] = [];
    for (const effect of effects)
      (this.options.behaviour.isDurable(effect) ? durable : transient).push(effect);
    return { state, durable, kept: durable, transient };
  }

  #committed(cell: Cell<State, Message, Effect>): void {
    const decided = cell.decided;
    cell.decided = undefined;
    if (decided === undefined) {
      this.#passivated(cell);
      return;
    }
    cell.state = decided.state;
    cell.phase = 'idle';
    const { durable, kept } = decided;
    if (kept.length > 0) {
      cell.outbox.push(...kept);
      this.#outbox.add(cell);
    }
    if (kept.length < durable.length) this.options.performer.recorded?.(cell.key, without(durable, kept));
    if (decided.transient.length > 0) {
      this.options.performer.perform(cell.key, cell.shard.epoch, decided.transient);
    }
    this.#run(cell);
  }

  #settled(cell: Cell<State, Message, Effect>): void {
    if (cell.phase === 'full' && cell.outbox.length < this.#limits.outbox) {
      cell.phase = 'idle';
      this.#run(cell);
    } else if (!cell.shard.open) {
      this.#checkDrained(cell.shard);
    }
  }

  #reserve(shard: Shard<State, Message, Effect>): void {
    if (shard.reserving) return;
    shard.reserving = true;
    shard.unique.reserve().then(
      () => {
        shard.reserving = false;
        for (const cell of shard.cells.values()) this.#run(cell);
      },
      (error: unknown) => {
        this.#observer.retrying?.('unique', error, RESERVE_RETRY_MS);
        this.options.clock.setTimer(RESERVE_RETRY_MS, () => {
          shard.reserving = false;
          if (this.#shards.get(shard.number) === shard) this.#reserve(shard);
        });
      },
    );
  }

  #arm(cell: Cell<State, Message, Effect>): void {
    if (cell.gone || cell.state === undefined || cell.wakeWaits) return;
    const { behaviour, wheel } = this.options;
    const wakeAt = behaviour.wakeAt(cell.state);
    if (wakeAt === cell.armedWake) return;
    cell.timer?.cancel();
    cell.timer = undefined;
    cell.armedWake = wakeAt;
    if (wakeAt === null) return;
    cell.timer = wheel.schedule(Math.max(0, wakeAt - this.#steady.now()), () => {
      cell.armedWake = null;
      cell.timer = undefined;
      cell.wakeWaits = true;
      cell.mailbox.push(behaviour.signals.wake);
      this.#run(cell);
    });
  }

  #passivate(cell: Cell<State, Message, Effect>): void {
    if (cell.phase !== 'idle' || cell.mailbox.length > 0 || cell.outbox.length > 0) return;
    if (!this.options.behaviour.mayPassivate(cell.state as State)) return;
    if (!cell.recordIsStale) {
      this.#passivated(cell);
      return;
    }
    this.#rewrite(cell);
  }

  /** The record still names performed effects: written once more, its shard's next owner neither wakes it nor repeats them. */
  #rewrite(cell: Cell<State, Message, Effect>): void {
    cell.phase = 'committing';
    this.#committer.add(cell);
  }

  #passivated(cell: Cell<State, Message, Effect>): void {
    if (cell.mailbox.length > 0) {
      cell.phase = 'idle';
      this.#run(cell);
      return;
    }
    cell.shard.cells.delete(cell.key);
    this.#forget(cell);
    this.#checkDrained(cell.shard);
  }

  #forget(cell: Cell<State, Message, Effect>): void {
    cell.phase = 'gone';
    cell.timer?.cancel();
    cell.mailbox.length = 0;
  }

  #checkDrained(shard: Shard<State, Message, Effect>): void {
    const drained = this.#drained.get(shard);
    if (drained === undefined) return;
    let isEmpty = true;
    for (const cell of shard.cells.values()) {
      if (cell.phase !== 'idle' || cell.mailbox.length > 0 || cell.outbox.length > 0) isEmpty = false;
      else if (cell.recordIsStale) {
        this.#rewrite(cell);
        isEmpty = false;
      }
    }
    if (!isEmpty) return;
    this.#drained.delete(shard);
    drained(true);
  }
}

class Moment implements Context {
  constructor(
    readonly now: number,
    readonly time: number,
    private readonly unique: UniqueNumbers,
  ) {}

  uniqueNumber(): number {
    return this.unique.take();
  }
}

/** `all` without those that are also in `some`. */
function without<Effect>(all: readonly Effect[], some: readonly Effect[]): readonly Effect[] {
  return some.length === 0 ? all : all.filter((one) => !some.includes(one));
}
