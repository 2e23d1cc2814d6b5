import type { Cluster, Part } from './cluster.js';
import { OPTIONS, type ClusterConfig } from './options.js';

/** The few lines that `npm run cluster` prints for a person: where things are, and what to try. */
export function banner(config: ClusterConfig, cluster: Cluster): string {
  const { parts, natsUrl, redisUrl, ports } = cluster;
  const ocpp = [...new Set(ports.ocpp)].map((port) => `ws://localhost:${port}/ocpp`);
  const stations = ocpp.map((url) => `${url}/<station id>`).join('  and  ');
  const workers = parts.filter(({ kind }) => kind === 'worker');
  const url = ocpp[0] === 'ws://localhost:9220/ocpp' ? '' : `--url ${ocpp[0]} `;
  const servers = `--nats-url ${natsUrl} --redis-url ${redisUrl}`;
  return [
    'Stationmaster is running as a cluster.',
    '',
    `  stations connect to  ${stations}${ports.shared ? '  (one port, which the edges share)' : ''}`,
    `  services call        localhost:${ports.grpc}  (gRPC, with reflection)`,
    `  state is kept in     ${config.dataDir}`,
    '',
    ...parts.map((part) => `  ${partLine(part)}`),
    '',
    '  WARNING: open mode. Any station may connect, without a password, and any id token may charge.',
    '  Good for trying out, not for the internet.',
    '',
    '  Try it, in another terminal:',
    `    npm run simulate -- ${url}--stations 50 --scenario charge --sessions 20`,
    '  and while the stations charge, end a worker and see the others take over its shards:',
    `    kill -9 ${workers[0]?.process.pid ?? ''}`,
    `    curl -s ${workers.at(-1)?.url ?? ''}/metrics | grep stationmaster_shards_owned`,
    '  One worker more:',
    `    npm run worker -- --mode open --ops-port 0 ${servers}`,
    '',
    `  Ctrl-C ends everything. All settings: ${OPTIONS.program} --help`,
    '',
  ].join('\n');
}

function partLine({ name, process, url }: Part): string {
  return `${name.padEnd(12)}  pid ${String(process.pid).padEnd(7)}  ${url}`;
}
