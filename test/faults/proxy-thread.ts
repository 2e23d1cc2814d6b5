import { parentPort } from 'node:worker_threads';
import { TcpProxy } from '../../libs/servers/mod.js';
import type { Order, Started } from './proxies.js';

const proxies = new Map<number, TcpProxy>();

async function obey(order: Order): Promise<void> {
  if (order.kind === 'start') {
    const proxy = await TcpProxy.start(order.target);
    proxies.set(order.id, proxy);
    parentPort?.postMessage({ id: order.id, port: proxy.port } satisfies Started);
    return;
  }
  const proxy = proxies.get(order.id);
  if (order.way === 'open') proxy?.pass();
  else if (order.way === 'cut') proxy?.cut({ refuse: true });
  else proxy?.stall({ direction: order.direction });
}

// What fails here ends the thread, and with it the run.
parentPort?.on('message', (order: Order) => void obey(order));
