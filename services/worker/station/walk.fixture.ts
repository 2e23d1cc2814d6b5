import assert from 'node:assert/strict';
import type { Connection } from '../../../libs/link/mod.js';
import type { StationEffect } from './effects.js';
import type { StationMessage } from './messages.js';
import type { TestStation } from './station.fixture.js';

/** Numbers from 0 to 1 that depend on the seed only (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Call = Extract<StationMessage, { type: 'call' | 'send' }>;

/** A connection as its edge sees it. */
export interface EdgeConnection {
  readonly connection: Connection;
  open: boolean;
  /** The CALL that waits for its reply. */
  inFlight: Call | undefined;
  /** The command that the station was sent last, and its answer until the worker has it. */
  order: { readonly id: string; answer: StationMessage | undefined } | undefined;
}

/**
 * The edges and the bus between one station and its actor. Messages of the edge are sent again when the actor's process
 * died; `crash` says when it does: `before` the message is handled, or `after` its commit, with everything
 * lost that was to be sent to the edge.
 */
export class TestEdge {
  readonly connections = new Map<string, EdgeConnection>();
  /** Replies that reached the station, by connection and id. */
  readonly replies: { connectionId: string; id: string; frame: string }[] = [];
  crashes = 0;

  constructor(
    private readonly station: TestStation,
    private readonly crash: () => 'before' | 'after' | undefined,
  ) {}

  open(connection: Connection): void {
    const opened = { connection, open: true, inFlight: undefined, order: undefined };
    this.connections.set(connection.connectionId, opened);
    this.deliver({ type: 'connected', connection, resumed: false });
  }

  close({ connection }: EdgeConnection, code = 1006): void {
    const one = this.connections.get(connection.connectionId);
    if (one !== undefined) Object.assign(one, { open: false, inFlight: undefined, order: undefined });
    this.deliver({ type: 'disconnected', connection, code });
  }

  call(message: Call): void {
    this.#of(message.connection).inFlight = message;
    this.deliver(message);
  }

  /** The station answers the order that it has. */
  answer(edge: EdgeConnection, answer: StationMessage): void {
    assert.ok(edge.order?.answer === undefined);
    if (edge.order !== undefined) edge.order.answer = answer;
    this.deliver(answer);
  }

  deliver(message: StationMessage): void {
    const crash = this.crash();
    if (crash === 'before') this.#restart();
    if (crash !== 'after') {
      this.#apply(this.station.tell(message));
      return;
    }
    this.station.tell(message);
    this.#restart();
  }

  /** Lets time pass for the actor. */
  pass(ms: number): void {
    const before = this.station.effects.length;
    this.station.pass(ms);
    this.#apply(this.station.effects.slice(before));
  }

  #restart(): void {
    this.crashes += 1;
    this.station.crash();
    for (const edge of [...this.connections.values()].filter(({ open }) => open)) {
      const { connection, inFlight, order } = edge;
      this.#apply(this.station.tell({ type: 'connected', connection, resumed: true }));
      if (inFlight !== undefined && edge.open) this.#apply(this.station.tell(inFlight));
      if (order?.answer !== undefined && edge.open) this.#apply(this.station.tell(order.answer));
    }
  }

  #of({ connectionId }: Connection): EdgeConnection {
    const found = this.connections.get(connectionId);
    assert.ok(found !== undefined, connectionId);
    return found;
  }

  #apply(effects: readonly StationEffect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: StationEffect): void {
    switch (effect.type) {
      case 'reply': {
        const edge = this.#of(effect.connection);
        if (edge.inFlight?.id !== effect.id) return;
        edge.inFlight = undefined;
        const { id, frame, connection } = effect;
        this.replies.push({ connectionId: connection.connectionId, id, frame });
        return;
      }
      case 'order': {
        const edge = this.#of(effect.connection);
        if (edge.order?.id !== effect.id) edge.order = { id: effect.id, answer: undefined };
        else if (edge.order.answer !== undefined) this.#apply(this.station.tell(edge.order.answer));
        return;
      }
      case 'received': {
        const edge = this.#of(effect.connection);
        if (edge.order?.id === effect.id) edge.order = undefined;
        return;
      }
      case 'close': {
        const edge = this.#of(effect.connection);
        Object.assign(edge, { open: false, inFlight: undefined, order: undefined });
        return;
      }
    }
  }
}
