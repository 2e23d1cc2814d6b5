import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { accepts, freePorts, LOOPBACK, programPath, ServerProcess } from '../../libs/servers/mod.js';
import { metricOf, scrape } from '../smoke/metrics.js';

/** What the proxy needs of an edge. A station's WebSocket is let in; what is no handshake gets its own headers back. */
export class PlayedEdge {
  /** What /readyz says. */
  ready = true;
  readonly stations: WebSocket[] = [];
  readonly #servers: Server[] = [];

  /** Addresses of one machine, so that edges differ by address, as the containers do. */
  constructor(
    readonly address: string,
    private readonly ports: { readonly ocpp: number; readonly ops: number },
  ) {}

  async start(): Promise<void> {
    const ocpp = await this.#listen(this.ports.ocpp, (incoming, response) => {
      response.end(JSON.stringify(incoming.headers));
    });
    new WebSocketServer({ server: ocpp, handleProtocols: ([first = '']) => first }).on(
      'connection',
      (station) => {
        this.stations.push(station);
        station.on('message', (data: Buffer) => station.send(data));
      },
    );
    await this.#listen(this.ports.ops, (_, response) => {
      response.writeHead(this.ready ? 200 : 503).end();
    });
  }

  /** Its connections break, and its ports are closed. */
  die(): void {
    for (const station of this.stations.splice(0)) station.terminate();
    for (const server of this.#servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #listen(port: number, answer: (incoming: IncomingMessage, response: ServerResponse) => void) {
    const server = createServer(answer);
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.address, resolve);
    });
    return server;
  }
}

export interface ShippedProxy {
  readonly edges: readonly [PlayedEdge, PlayedEdge];
  readonly ports: { readonly tls: number; readonly plain: number; readonly operation: number };
  /** Of its own metrics, added up. */
  metric(name: string, labels: Readonly<Record<string, string>>): Promise<number>;
  stop(): Promise<void>;
}

/**
 * HAProxy with deploy/haproxy/haproxy.cfg before two edges; only ports, addresses and paths are others.
 * @param folder has `secrets/haproxy`, as deploy/secrets.sh makes it.
 * @param checkEvery in place of the interval of the checks.
 */
export async function startProxy(folder: string, checkEvery?: string): Promise<ShippedProxy> {
  const [tls = 0, plain = 0, operation = 0, ocpp = 0, ops = 0] = await freePorts(5);
  const edges = [
    new PlayedEdge(LOOPBACK, { ocpp, ops }),
    new PlayedEdge('127.0.0.2', { ocpp, ops }),
  ] as const;
  await Promise.all(edges.map((edge) => edge.start()));
  const text = (await readFile('deploy/haproxy/haproxy.cfg', 'utf8'))
    .replaceAll('/etc/haproxy/certs', path.join(folder, 'secrets/haproxy'))
    .replace(/^ {2}maxconn \d+$/m, '  maxconn 1000')
    .replace('bind :9223', `bind ${LOOPBACK}:${tls}`)
    .replace('bind :9220', `bind ${LOOPBACK}:${plain}`)
    .replace('bind :8404', `bind ${LOOPBACK}:${operation}`)
    .replace('check port 9222', `check port ${ops}`)
    .replace(' resolvers docker init-addr none', '')
    .replace('inter 2s', `inter ${checkEvery ?? '2s'}`)
    .replace('edge-1:9220', `${edges[0].address}:${ocpp}`)
    .replace('edge-2:9220', `${edges[1].address}:${ocpp}`);
  const file = path.join(folder, 'haproxy.cfg');
  await writeFile(file, text);
  const proxy = new ServerProcess({
    name: 'haproxy',
    program: programPath('haproxy'),
    args: ['-f', file],
    // It opens them one after the other.
    isReady: async () => (await Promise.all([tls, plain, operation].map(accepts))).every(Boolean),
  });
  await proxy.start();
  return {
    edges,
    ports: { tls, plain, operation },
    metric: async (name, labels) => metricOf(await scrape(`http://${LOOPBACK}:${operation}`), name, labels),
    stop: async () => {
      await proxy.kill9();
      for (const edge of edges) edge.die();
    },
  };
}
