import { connect, createServer, type Server, type Socket } from 'node:net';
import { LOOPBACK } from '../ports.js';
import { Flow } from './tcp-flow.js';

/** `up`: from the client to the server; `down`: from the server to the client. */
export type Direction = 'up' | 'down' | 'both';

export interface StallOptions {
  /** Both unless told. */
  readonly direction?: Direction;
  /** False: connections made after this call flow freely. True unless told. */
  readonly newcomers?: boolean;
}

interface Link {
  readonly up: Flow;
  readonly down: Flow;
  readonly sockets: readonly Socket[];
}

/**
 * A TCP proxy on loopback whose network can be made bad. What is stalled is kept, up to 64 MiB of each direction of a
 * connection, and delivered later: also when the client has long given its connection up, as a real network may do.
 */
export class TcpProxy {
  readonly #links = new Set<Link>();
  readonly #server: Server;
  #stalled: Direction | undefined;
  #refusing = false;
  #delayMs = 0;

  private constructor(readonly targetPort: number) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  /** @param targetPort of a server on loopback; it may be down. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, LOOPBACK, resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return address.port;
  }

  /** Connections that go through it now, those with stalled bytes of clients that are gone among them. */
  get connections(): number {
    return this.#links.size;
  }

  /** Bytes that it keeps back. */
  get held(): number {
    let bytes = 0;
    for (const { up, down } of this.#links) bytes += up.held + down.held;
    return bytes;
  }

  /**
   * Nothing flows any more. The function lets those connections flow again that this call has stalled, with all that was
   * kept back; `pass` does so for all.
   */
  stall({ direction = 'both', newcomers = true }: StallOptions = {}): () => void {
    const flows = [...this.#links].flatMap((link) => flowsOf(link, direction));
    for (const flow of flows) flow.stall();
    if (newcomers) this.#stalled = direction;
    return () => {
      for (const flow of flows) flow.pass();
    };
  }

  /** Everything flows again, new connections are accepted, nothing is delayed. */
  pass(): void {
    this.#stalled = undefined;
    this.#refusing = false;
    this.#delayMs = 0;
    for (const { up, down } of this.#links) {
      up.pass();
      down.pass();
    }
  }

  /** Each piece of data arrives so many milliseconds later, in both directions. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Resets all connections; what was kept back is lost. `refuse`: new ones are reset too, until `pass`. */
  cut({ refuse = false }: { refuse?: boolean } = {}): void {
    this.#refusing = refuse;
    for (const { sockets } of this.#links) for (const socket of sockets) socket.resetAndDestroy();
    this.#links.clear();
  }

  async close(): Promise<void> {
    this.cut({ refuse: true });
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.targetPort, host: LOOPBACK, allowHalfOpen: true, noDelay: true });
    const delayMs = () => this.#delayMs;
    const up = new Flow(client, server, delayMs);
    const down = new Flow(server, client, delayMs);
    const link: Link = { up, down, sockets: [client, server] };
    if (this.#stalled !== undefined) for (const flow of flowsOf(link, this.#stalled)) flow.stall();
    this.#links.add(link);
    let open = link.sockets.length;
    for (const socket of link.sockets) {
      socket.once('close', () => {
        if (--open === 0) this.#links.delete(link);
      });
    }
  }
}

function flowsOf({ up, down }: Link, direction: Direction): Flow[] {
  if (direction === 'both') return [up, down];
  return direction === 'up' ? [up] : [down];
}
