import { ServerCredentials } from '@grpc/grpc-js';
import type { ServerMiddleware } from 'nice-grpc-common';
import type { Clock } from '../../../libs/clock/mod.js';
import { logCall, type ApiCall } from '../../../libs/dispatch/mod.js';
import {
  ConfigError,
  secureContextOptions,
  startOrStop,
  TlsError,
  TlsWatch,
  WatchedFile,
  type Closers,
  type Logger,
  type TlsFiles,
} from '../../../libs/ops/mod.js';
import { readClients, type Clients } from './clients-file.js';
import { TlsCredentials, withCommonNames } from './credentials.js';
import { Guard } from './middleware.js';
import type { SecuritySettings } from './settings.js';

export interface SecurityParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often certificate files are looked at; 10,000 when left out. */
  readonly checkMs?: number;
}

/** Who may call the API, and how it is served. */
export interface Security {
  /** For the gRPC server's `listen`. */
  readonly credentials: ServerCredentials;
  /** Lets in who may call, and logs each call; to be the server's first middleware. */
  readonly middleware: ServerMiddleware;
  /** Logs a call that came by another door. */
  audit(call: ApiCall): void;
  /** Reads certificates and clients again; false when a file was refused (then the old one holds on). */
  reload(): Promise<boolean>;
  close(): Promise<void>;
}

const CHECK_MS = 10_000;

/**
 * Reads the files that say who may call, and watches them.
 * @throws ConfigError for settings that contradict each other, or files with mistakes.
 */
export async function openSecurity(settings: SecuritySettings, parts: SecurityParts): Promise<Security> {
  checkSecurity(settings);
  return await startOrStop(parts.logger, async (closers) => await open(settings, parts, closers));
}

async function open(settings: SecuritySettings, parts: SecurityParts, closers: Closers): Promise<Security> {
  const { clock, logger } = parts;
  const { apiClientsFile, grpcClientCa, grpcHost } = settings;
  const mutualTls = grpcClientCa !== undefined;
  const tls = await openTls(settings, parts, closers);
  let clients: Clients | undefined;
  const guard = new Guard({ clients: () => clients, mutualTls, clock, logger });
  const load = async (file: string): Promise<object> => {
    clients = await readClients(file, mutualTls);
    guard.recheck();
    return { clients: clients.count };
  };
  const file = apiClientsFile;
  const watched = file === undefined ? undefined : await WatchedFile.open({ file, load, clock, logger });
  if (watched !== undefined) closers.add(() => watched.close());
  warn(logger, {
    file,
    grpcHost,
    encrypted: tls !== undefined,
    byToken: (clients?.byTokenHash.size ?? 0) > 0,
  });
  return {
    credentials: tls?.credentials ?? ServerCredentials.createInsecure(),
    middleware: guard.middleware,
    audit: (call) => logCall(logger, call),
    reload: async () => {
      const unchanged = Promise.resolve(true);
      const reloads = [tls?.reload() ?? unchanged, watched?.reload() ?? unchanged];
      return (await Promise.all(reloads)).every(Boolean);
    },
    close: () => closers.close(),
  };
}

interface Tls {
  readonly credentials: ServerCredentials;
  /** False when the files were refused, which is logged. */
  reload(): Promise<boolean>;
}

async function openTls(
  { grpcTlsCert: certFile, grpcTlsKey: keyFile, grpcClientCa }: SecuritySettings,
  { clock, logger, checkMs = CHECK_MS }: SecurityParts,
  closers: Closers,
): Promise<Tls | undefined> {
  if (certFile === undefined || keyFile === undefined) return undefined;
  const files: TlsFiles = {
    certificates: [{ certFile, keyFile }],
    ...(grpcClientCa !== undefined && { clientCaFile: grpcClientCa }),
  };
  const credentials = new TlsCredentials(await contextOf(files), grpcClientCa !== undefined);
  const watch = new TlsWatch({
    files,
    checkMs,
    reload: async () => credentials.replace(await secureContextOptions(files)),
    clock,
    logger,
  });
  await watch.start();
  closers.add(async () => watch.stop());
  return {
    credentials: grpcClientCa === undefined ? credentials : withCommonNames(credentials),
    reload: () =>
      watch.reload().then(
        () => true,
        () => false,
      ),
  };
}

/** @throws ConfigError */
async function contextOf(files: TlsFiles) {
  try {
    return await secureContextOptions(files);
  } catch (error) {
    if (error instanceof TlsError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

/** Without a look into the files. @throws ConfigError for settings that contradict each other. */
export function checkSecurity(settings: SecuritySettings): void {
  const { grpcTlsCert, grpcTlsKey, grpcClientCa, apiClientsFile, grpcHost, mode } = settings;
  if ((grpcTlsCert === undefined) !== (grpcTlsKey === undefined)) {
    const [given, missing] =
      grpcTlsKey === undefined
        ? ['--grpc-tls-cert', '--grpc-tls-key']
        : ['--grpc-tls-key', '--grpc-tls-cert'];
    throw new ConfigError(
      `${given} needs ${missing} as well: the certificate and its private key as PEM files`,
    );
  }
  if (grpcClientCa !== undefined && grpcTlsCert === undefined) {
    throw new ConfigError('--grpc-client-ca (mutual TLS) needs --grpc-tls-cert and --grpc-tls-key');
  }
  if (apiClientsFile === undefined && mode === 'provisioned' && !isLoopback(grpcHost)) {
    throw new ConfigError(
      `--grpc-host ${grpcHost} lets other machines call: name those that may in --api-clients-file, or serve gRPC on 127.0.0.1`,
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

interface Doors {
  readonly file: string | undefined;
  readonly grpcHost: string;
  readonly encrypted: boolean;
  readonly byToken: boolean;
}

function warn(logger: Logger, { file, grpcHost, encrypted, byToken }: Doors): void {
  if (file === undefined) {
    const hint = 'name those that may in --api-clients-file';
    logger.warn({ grpcHost, hint }, 'anybody_may_call_the_api');
  }
  if (byToken && !encrypted && !isLoopback(grpcHost)) {
    const hint =
      'give --grpc-tls-cert and --grpc-tls-key, unless something in front of the gateway speaks TLS';
    logger.warn({ grpcHost, hint }, 'api_tokens_travel_unencrypted');
  }
}
