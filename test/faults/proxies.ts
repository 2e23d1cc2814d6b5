import { Worker } from 'node:worker_threads';
import type { Direction } from '../../libs/servers/mod.js';

/** What a proxy does. `stalled`: it keeps everything back, for later. `cut`: it resets every connection. */
export type Way = 'open' | 'stalled' | 'cut';

/** To the thread. */
export type Order =
  | { readonly kind: 'start'; readonly id: number; readonly target: number }
  | { readonly kind: 'turn'; readonly id: number; readonly way: Way; readonly direction: Direction };

/** From the thread. */
export interface Started {
  readonly id: number;
  readonly port: number;
}

/** TCP proxies in a thread of their own, so that neither the load nor the checks slow them down. */
export class Proxies {
  readonly #thread = new Worker(new URL('./proxy-thread.js', import.meta.url));
  readonly #waiting = new Map<number, (port: number) => void>();
  #ids = 0;

  constructor() {
    this.#thread.on('message', ({ id, port }: Started) => this.#waiting.get(id)?.(port));
  }

  /** A proxy on loopback in front of a port of loopback. */
  async start(target: number): Promise<Link> {
    const id = ++this.#ids;
    const listening = new Promise<number>((resolve) => this.#waiting.set(id, resolve));
    this.#tell({ kind: 'start', id, target });
    return {
      port: await listening,
      turn: (way, direction = 'both') => this.#tell({ kind: 'turn', id, way, direction }),
    };
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #tell(order: Order): void {
    this.#thread.postMessage(order);
  }
}

/** One way from a process to a server. */
export interface Link {
  readonly port: number;
  /** `direction` is for what is stalled; both unless told. */
  turn(way: Way, direction?: Direction): void;
}
