import path from 'node:path';
import type { Doors } from './configuration.js';
import { OPTIONS, type StandaloneConfig } from './options.js';

/** What came of the start, for the lines that tell it. */
export interface Started {
  readonly ocppPort: number;
  readonly tlsPort: number | undefined;
  readonly opsPort: number;
  readonly grpcPort: number;
  readonly doors: Doors;
}

/** The few lines that `npm start` prints for a person: where things are, who may enter, what to try next. */
export function banner(config: StandaloneConfig, started: Started): string {
  const { versions, basePath, dataDir } = config;
  const host = reachable(config.host);
  const base = basePath.replace(/\/$/, '');
  const station = (scheme: string, port: number) => `${scheme}://${host}:${port}${base}/<station id>`;
  const ops = `http://${reachable(config.opsHost)}:${started.opsPort}`;
  const lines: [string, string][] = [
    ['stations connect to', `${station('ws', started.ocppPort)}  (OCPP ${versions.join(', ')})`],
  ];
  if (started.tlsPort !== undefined) lines.push(['or, with TLS', station('wss', started.tlsPort)]);
  const grpc = `${reachable(config.grpcHost)}:${started.grpcPort}`;
  lines.push(
    [
      'services call',
      `${grpc}  (gRPC${config.grpcTlsCert === undefined ? '' : ' over TLS'}, with reflection)`,
    ],
    ['ready? metrics?', `${ops}/readyz  ${ops}/metrics`],
    ['state is kept in', path.resolve(dataDir)],
  );
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    'Stationmaster is running.',
    '',
    ...lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    '',
    ...doorLines(started.doors).map((line) => `  ${line}`),
    '',
    `  Try it, in another terminal:  ${tryIt(started, `ws://${host}:${started.ocppPort}${base}`)}`,
    `  And send one a command:       ${commandIt(config, grpc)}`,
    `  All settings:                 ${OPTIONS.program} --help`,
    '',
  ].join('\n');
}

function doorLines({ stations, tokens }: Doors): string[] {
  if (stations === 'any' && tokens === 'any') {
    return [
      'WARNING: open mode. Any station may connect, without a password, and any id token may charge.',
      'Good for trying out, not for the internet. --stations-file and --tokens-file close the doors.',
    ];
  }
  return [
    stations === 'any'
      ? 'WARNING: any station may connect, without a password; --stations-file closes that door.'
      : 'Only known stations may connect, each with its own credentials.',
    TOKEN_LINES[tokens],
  ];
}

const TOKEN_LINES: Readonly<Record<Doors['tokens'], string>> = {
  any: 'WARNING: any id token may charge; --tokens-file closes that door.',
  known: 'Only the id tokens of the tokens file may charge.',
  ask: 'No id token may charge: name them with --tokens-file.',
};

function tryIt({ ocppPort, doors }: Started, url: string): string {
  if (doors.stations !== 'any')
    return `connect one of your stations; see docs/guides/connecting-a-station.md`;
  const where = ocppPort === 9220 ? '' : `--url ${url} `;
  return `npm run simulate -- ${where}--stations 50 --scenario charge`;
}

/** A command to a station of the simulator, with a tool that many have. */
function commandIt({ grpcTlsCert, grpcClientCa, apiClientsFile }: StandaloneConfig, grpc: string): string {
  if (grpcTlsCert !== undefined || grpcClientCa !== undefined || apiClientsFile !== undefined)
    return 'see docs/guides/security.md';
  const request = '{"command":{"station_id":"SIM21-0001","action":"ClearCache"}}';
  return `grpcurl -plaintext -d '${request}' ${grpc} stationmaster.v1.CommandService/SendCommand`;
}

/** An address that can be typed on this machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
