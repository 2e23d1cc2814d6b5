import { grpc } from '../../../libs/api/mod.js';
import type { Tapped, TappedConnection } from '../../../libs/link/mod.js';
import { connected, ENDED_UNSEEN, leftOut, response, shownOf } from './messages.js';

/** An edge that was silent for so long may have died: it answers every renewal. */
const SILENT_MS = 7000;

interface Edge {
  /** Number of the last message that came. */
  number: number;
  /** Monotonic milliseconds. */
  heardAt: number;
  full: boolean;
  /** Open connections of the station, by id. */
  readonly connections: Set<string>;
}

/** What one tap knows of the edges: which answer, what has been lost on the way, and which connections are open. */
export class Edges {
  readonly #edges = new Map<string, Edge>();

  constructor(private readonly show: (message: grpc.TapStationResponse) => void) {}

  /** That have answered. */
  get count(): number {
    return this.#edges.size;
  }

  get connections(): number {
    let connections = 0;
    for (const edge of this.#edges.values()) connections += edge.connections.size;
    return connections;
  }

  heard(tapped: Tapped, now: number): void {
    const { edgeId, connectionId, at, told } = tapped;
    const edge = this.#edgeOf(tapped, now);
    const what = shownOf(tapped);
    switch (told.kind) {
      case 'alive':
        return this.#compare(edge, tapped, told.connections);
      case 'full':
        return this.#full(edge, tapped);
      case 'connected':
        edge.connections.add(told.connectionId);
        break;
      case 'disconnected':
        edge.connections.delete(connectionId ?? '');
        break;
      default:
        break;
    }
    if (what !== undefined)
      this.show(response(at, { edgeId, ...(connectionId !== undefined && { connectionId }) }, what));
  }

  /** Takes those from whom nothing has come for long for gone. `at`: now in epoch milliseconds. */
  look(now: number, at: number): void {
    for (const [edgeId, { heardAt, connections }] of this.#edges) {
      if (now - heardAt < SILENT_MS) continue;
      this.#edges.delete(edgeId);
      if (connections.size === 0) continue;
      this.show(response(at, { edgeId }, leftOut(grpc.LeftOutCause.LEFT_OUT_CAUSE_EDGE_SILENT)));
    }
  }

  /** The bus was away: what was told meanwhile is lost, and nobody's silence says anything. */
  wereAway(now: number, at: number): void {
    for (const edge of this.#edges.values()) edge.heardAt = now;
    this.show(response(at, {}, leftOut(grpc.LeftOutCause.LEFT_OUT_CAUSE_LOST)));
  }

  #edgeOf({ edgeId, number, at }: Tapped, now: number): Edge {
    const edge = this.#edges.get(edgeId);
    if (edge === undefined) {
      const fresh = { number, heardAt: now, full: false, connections: new Set<string>() };
      this.#edges.set(edgeId, fresh);
      return fresh;
    }
    // One that begins anew has forgotten the tap, or was started again.
    const lost = number > edge.number ? number - edge.number - 1 : 0;
    const began = number <= edge.number && !edge.full;
    edge.number = number;
    edge.heardAt = now;
    if (lost > 0 || began) {
      this.show(response(at, { edgeId }, leftOut(grpc.LeftOutCause.LEFT_OUT_CAUSE_LOST, lost)));
    }
    return edge;
  }

  /** The edge says which connections are open: what was told of them may have been lost. */
  #compare(edge: Edge, { edgeId, at }: Tapped, connections: readonly TappedConnection[]): void {
    edge.full = false;
    const open = new Set(connections.map(({ connectionId }) => connectionId));
    for (const connectionId of [...edge.connections].filter((known) => !open.has(known))) {
      edge.connections.delete(connectionId);
      this.show(response(at, { edgeId, connectionId }, ENDED_UNSEEN));
    }
    for (const connection of connections) {
      const { connectionId } = connection;
      if (edge.connections.has(connectionId)) continue;
      edge.connections.add(connectionId);
      this.show(response(at, { edgeId, connectionId }, connected(connection)));
    }
  }

  #full(edge: Edge, { edgeId, at }: Tapped): void {
    if (!edge.full) this.show(response(at, { edgeId }, leftOut(grpc.LeftOutCause.LEFT_OUT_CAUSE_EDGE_FULL)));
    edge.full = true;
  }
}
