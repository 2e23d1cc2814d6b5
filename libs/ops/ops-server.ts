import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, type Clock } from '../clock/mod.js';
import { StartError } from './config-error.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { Readiness, type Check } from './readiness.js';

export interface OpsServerOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  readonly metrics: Metrics;
  /** What readiness depends on; run at most once a second, however often readiness is asked for. */
  readonly checks: Readonly<Record<string, Check>>;
  readonly logger: Logger;
  /** The system's when left out. */
  readonly clock?: Clock;
  /** Milliseconds that one check may take; 2000 when left out. */
  readonly checkTimeoutMs?: number;
}

export interface OpsServer {
  readonly port: number;
  /** Not ready until this is called with true; called with false when draining begins. */
  setReady(ready: boolean): void;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Handler = () => Page | Promise<Page>;

const CHECK_TIMEOUT_MS = 2000;

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const OVERVIEW = `stationmaster ops

/healthz  200 while the process lives
/readyz   200 when it can serve stations, else 503; each check with its result, as JSON
/metrics  Prometheus metrics
`;

/**
 * Serves /healthz, /readyz and /metrics over plain HTTP.
 * @throws StartError when the port cannot be used.
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { clock = systemClock(), checkTimeoutMs = CHECK_TIMEOUT_MS } = options;
  const readiness = new Readiness(options.checks, clock, checkTimeoutMs);
  let ready = false;
  const handlers: Readonly<Record<string, Handler>> = {
    '/': () => ({ status: 200, type: TEXT, body: OVERVIEW }),
    '/healthz': () => ({ status: 200, type: TEXT, body: 'ok\n' }),
    '/readyz': () => readinessPage(readiness, ready),
    '/metrics': async () => ({
      status: 200,
      type: options.metrics.contentType,
      body: await options.metrics.text(),
    }),
  };
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 },
    (request, response) => {
      respond(handlers, request, response).catch((error: unknown) => {
        options.logger.error({ err: error, path: request.url }, 'ops_request_failed');
        send(request, response, { status: 500, type: TEXT, body: 'internal error, see the log\n' });
      });
    },
  );
  server.maxConnections = 256;
  server.setTimeout(30_000);
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    setReady: (value) => {
      ready = value;
    },
    close: () => close(server),
  };
}

async function respond(
  handlers: Readonly<Record<string, Handler>>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return send(request, response, { status: 405, type: TEXT, body: 'only GET and HEAD\n' });
  }
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
  if (handler === undefined)
    return send(request, response, { status: 404, type: TEXT, body: `not found\n\n${OVERVIEW}` });
  send(request, response, await handler());
}

function send(request: IncomingMessage, response: ServerResponse, page: Page): void {
  if (response.headersSent) return void response.destroy();
  const length = Buffer.byteLength(page.body);
  response.writeHead(page.status, {
    'Content-Type': page.type,
    'Content-Length': length,
    'Cache-Control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

/** `{"ready":…,"checks":{"process":"ok"|…,"<name>":"ok"|<what is wrong>}}` */
async function readinessPage(readiness: Readiness, ready: boolean): Promise<Page> {
  const checks = { process: ready ? 'ok' : 'starting or draining', ...(await readiness.results()) };
  const all = Object.values(checks).every((result) => result === 'ok');
  return { status: all ? 200 : 503, type: JSON_TYPE, body: `${JSON.stringify({ ready: all, checks })}\n` };
}

function listen(server: Server, { port, host }: OpsServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new StartError(`the ops port ${host}:${port} cannot be used: ${error.message}`, { cause: error }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
