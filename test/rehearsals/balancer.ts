import path from 'node:path';
import { freePorts, haproxySection, HaproxyServer, LOOPBACK } from '../../libs/servers/mod.js';
import { until } from '../client/until.js';
import type { EdgePorts } from '../faults/cluster.js';

/** Tests run with the repository as current folder. */
const SHIPPED = 'deploy/haproxy/haproxy.cfg';

/** HAProxy in front of edges, some of which may not run yet, with the rules of the configuration that is shipped. */
export class Balancer {
  private constructor(
    private readonly proxy: HaproxyServer,
    private readonly places: readonly EdgePorts[],
    private readonly opsPort: number,
  ) {}

  /** @throws MissingProgram */
  static async start(folder: string, places: readonly EdgePorts[]): Promise<Balancer> {
    const [opsPort = 0] = await freePorts(1);
    const proxy = await HaproxyServer.start({
      file: (port) => path.join(folder, `haproxy-${port}.cfg`),
      configuration: (port) =>
        [
          haproxySection(SHIPPED, 'defaults').replace(/^ +log .*\n/m, ''),
          haproxySection(SHIPPED, 'frontend stations-without-tls').replace(
            /bind \S+/,
            `bind ${LOOPBACK}:${port}`,
          ),
          haproxySection(SHIPPED, 'frontend operation').replace(/bind \S+/, `bind ${LOOPBACK}:${opsPort}`),
          backend(places),
        ].join('\n'),
    });
    return new Balancer(proxy, places, opsPort);
  }

  /** Endpoint for stations, without the station id. */
  get url(): string {
    return `ws://${LOOPBACK}:${this.proxy.port}/ocpp`;
  }

  /** Resolves when it sends new connections to the edges with these ops ports and to no others. */
  async sendsTo(opsPorts: readonly number[]): Promise<void> {
    const wanted = this.places.map(({ ops }) => (opsPorts.includes(ops) ? 1 : 0)).join();
    await until('the balancer to see which edges are ready', async () => {
      const answer = await fetch(`http://${LOOPBACK}:${this.opsPort}/metrics`);
      const text = await answer.text();
      const up = this.places.map((_, at) => Number(stateOf(`edge-${at + 1}`).exec(text)?.[1]));
      return up.join() === wanted;
    });
  }

  async close(): Promise<void> {
    await this.proxy.kill9();
  }
}

const stateOf = (server: string): RegExp =>
  new RegExp(`^haproxy_server_status\\{proxy="edges",server="${server}",state="UP"\\} (\\d)`, 'm');

function backend(places: readonly EdgePorts[]): string {
  const servers = places.map(
    ({ ocpp, ops }, at) => `  server edge-${at + 1} ${LOOPBACK}:${ocpp} port ${ops}\n`,
  );
  const shipped = haproxySection(SHIPPED, 'backend edges')
    .replace(/ resolvers \S+ init-addr \S+/, '')
    .replace(/^ +server .*\n/gm, '');
  return `${shipped}${servers.join('')}`;
}
