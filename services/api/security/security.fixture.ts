import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import {
  ChannelCredentials,
  createChannel,
  createClient,
  createServer,
  Metadata,
  ServerError,
  Status,
  type Channel,
} from 'nice-grpc';
import { grpc } from '../../../libs/api/mod.js';
import { systemClock } from '../../../libs/clock/mod.js';
import { createLogger, type CertificateFiles } from '../../../libs/ops/mod.js';
import { openSecurity, type Security } from './security.js';
import type { SecuritySettings } from './settings.js';

export const OPEN: SecuritySettings = {
  mode: 'open',
  grpcHost: '127.0.0.1',
  grpcTlsCert: undefined,
  grpcTlsKey: undefined,
  grpcClientCa: undefined,
  apiClientsFile: undefined,
};

/** A logger that keeps its lines. */
export function recordingLogger() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createLogger({ level: 'debug', name: 'test' }, { write }) };
}

/** A clients file of the test's own. */
export async function clientsFile(t: TestContext, clients: readonly object[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'clients-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'clients.json');
  const put = (list: readonly object[]) => writeFile(file, JSON.stringify({ clients: list }));
  await put(clients);
  return { file, put };
}

/** Events until the caller leaves. */
const EVENTS: grpc.EventServiceImplementation = {
  async *streamEvents(_request, { signal }) {
    yield { cursor: '1' };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  },
};

const unimplemented = () => Promise.reject(new ServerError(Status.UNIMPLEMENTED, 'not in this test'));

/** Stations that are all known. */
const STATIONS: grpc.StationServiceImplementation = {
  getStation: ({ stationId }) => Promise.resolve({ station: { stationId } }),
  setPassword: () => Promise.resolve({}),
  createStation: unimplemented,
  updateStation: unimplemented,
  listStations: unimplemented,
  deleteStation: unimplemented,
  rotatePassword: unimplemented,
  disconnectStation: unimplemented,
  getStationState: unimplemented,
};

/** A gRPC server behind `openSecurity`, on a free port of loopback. */
export async function secured(t: TestContext, settings: Partial<SecuritySettings> = {}) {
  const { lines, logger } = recordingLogger();
  const security: Security = await openSecurity({ ...OPEN, ...settings }, { clock: systemClock(), logger });
  const server = createServer().use(security.middleware);
  server.add(grpc.EventServiceDefinition, EVENTS);
  server.add(grpc.StationServiceDefinition, STATIONS);
  t.after(async () => {
    server.forceShutdown();
    await security.close();
  });
  const port = await server.listen('127.0.0.1:0', security.credentials);
  return { security, port, lines };
}

export interface Identity {
  readonly token?: string;
  /** A header of the caller's own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: ChannelCredentials;
}

/** TLS that trusts `server`, and shows `own`. */
export function tls(server: CertificateFiles, own?: CertificateFiles): ChannelCredentials {
  const bytes = (file: string) => readFileSync(file);
  return own === undefined
    ? ChannelCredentials.createSsl(bytes(server.certFile))
    : ChannelCredentials.createSsl(bytes(server.certFile), bytes(own.keyFile), bytes(own.certFile));
}

/** A business service that calls. */
export function calling(t: TestContext, port: number, { token, headers = {}, credentials }: Identity = {}) {
  const channel: Channel = createChannel(`localhost:${port}`, credentials);
  t.after(() => channel.close());
  const metadata = Metadata(headers);
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  const defaults = { '*': { metadata } };
  return {
    stations: createClient(grpc.StationServiceDefinition, channel, defaults),
    events: createClient(grpc.EventServiceDefinition, channel, defaults),
    decisions: createClient(grpc.DecisionServiceDefinition, channel, defaults),
  };
}
