import type { Clock } from '../clock/mod.js';
import type { BusMessage } from './bus.js';
import { BusError } from './errors.js';
import { Routes } from './routes.js';

/** What the broker knows of a subscription; the client owns it. */
export interface Route {
  readonly pattern: string;
  readonly queue: string | undefined;
  /** False while its client is not connected. */
  readonly reachable: boolean;
  /** Deliveries that wait in the broker. */
  pending: number;
  /** When a message of its queue group came here last. */
  turn: number;
  deliver(message: BusMessage): void;
}

export interface BrokerOptions {
  readonly clock: Clock;
  /** Deliveries that may wait; past it `publish` throws `unavailable`. */
  readonly maxPending: number;
}

const EMPTY = new Uint8Array(0);
/** Deliveries in one go; then timers and sockets get their turn. */
const MAX_PER_TURN = 1024;
/** Subjects whose routes are remembered; past it all are forgotten. */
const MAX_REMEMBERED = 32_768;
/** `then` of it costs a third of `queueMicrotask`, which makes an asynchronous resource each time. */
const RESOLVED = Promise.resolve();

/** Routes messages between the clients of one process: what a NATS server does between processes. */
export class Broker {
  readonly #clock: Clock;
  readonly #maxPending: number;
  readonly #routes = new Routes<Route>();
  /** The routes of subjects that were published to since routes changed last. */
  readonly #remembered = new Map<string, readonly (readonly Route[])[]>();
  readonly #queue = new DeliveryQueue();
  #scheduled = false;
  #turns = 0;

  constructor(options: BrokerOptions) {
    this.#clock = options.clock;
    this.#maxPending = options.maxPending;
  }

  add(route: Route): void {
    this.#routes.add(route.pattern, route);
    this.#remembered.clear();
  }

  remove(route: Route): void {
    this.#routes.remove(route.pattern, route);
    this.#remembered.clear();
  }

  /**
   * Queues `message` for everyone who subscribes to its subject at this moment; nobody: false.
   * @throws BusError `unavailable`.
   */
  publish(message: BusMessage): boolean {
    if (this.#queue.size >= this.#maxPending) {
      throw new BusError(
        'unavailable',
        `${this.#queue.size} messages wait for delivery: publish again later`,
      );
    }
    let reached = false;
    let groups: Map<string, Route> | undefined;
    for (const routes of this.#routesOf(message.subject)) {
      for (const route of routes) {
        if (!route.reachable) continue;
        reached = true;
        if (route.queue === undefined) this.#enqueue(route, message);
        else groups = withCandidate(groups, route.queue, route);
      }
    }
    if (groups !== undefined) {
      for (const route of groups.values()) {
        route.turn = ++this.#turns;
        this.#enqueue(route, message);
      }
    }
    return reached;
  }

  /** Tells the publisher of a message with a reply subject that nobody got it. */
  publishNoResponders(reply: string): void {
    this.publish({ subject: reply, data: EMPTY, noResponders: true });
  }

  #routesOf(subject: string): readonly (readonly Route[])[] {
    const known = this.#remembered.get(subject);
    if (known !== undefined) return known;
    const found: (readonly Route[])[] = [];
    this.#routes.match(subject, found);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(subject, found);
    return found;
  }

  #enqueue(route: Route, message: BusMessage): void {
    route.pending++;
    this.#queue.push(route, message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    void RESOLVED.then(this.#deliverSome);
  }

  readonly #deliverSome = (): void => {
    for (let left = MAX_PER_TURN; left > 0; left--) {
      if (!this.#queue.deliverNext()) {
        this.#scheduled = false;
        return;
      }
    }
    this.#clock.soon(this.#deliverSome);
  };
}

/** Of each queue group, the member whose turn is longest ago. */
function withCandidate(
  groups: Map<string, Route> | undefined,
  queue: string,
  route: Route,
): Map<string, Route> {
  const candidates = groups ?? new Map<string, Route>();
  const other = candidates.get(queue);
  if (other === undefined || route.turn < other.turn) candidates.set(queue, route);
  return candidates;
}

/** First in, first out, in two arrays that are reused. */
class DeliveryQueue {
  #routes: (Route | undefined)[] = [];
  #messages: (BusMessage | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#routes.length - this.#head;
  }

  push(route: Route, message: BusMessage): void {
    this.#routes.push(route);
    this.#messages.push(message);
  }

  /** False when the queue is empty. */
  deliverNext(): boolean {
    const route = this.#routes[this.#head];
    const message = this.#messages[this.#head];
    if (route === undefined || message === undefined) return false;
    this.#routes[this.#head] = undefined;
    this.#messages[this.#head] = undefined;
    this.#head++;
    if (this.#head === this.#routes.length) this.#reset();
    else if (this.#head >= 4096 && this.#head * 2 > this.#routes.length) this.#compact();
    route.pending--;
    route.deliver(message);
    return true;
  }

  #reset(): void {
    this.#routes.length = 0;
    this.#messages.length = 0;
    this.#head = 0;
  }

  #compact(): void {
    this.#routes = this.#routes.slice(this.#head);
    this.#messages = this.#messages.slice(this.#head);
    this.#head = 0;
  }
}
