import type { Logger } from '../../../libs/ops/mod.js';
import type { Implementation, SocketServer, SocketServerOptions } from './socket.js';
import { listenUws, loadUws } from './uws.js';
import { listenWs } from './ws.js';

/** `auto`: uWebSockets.js, or `ws` where it cannot do the work. */
export type SocketChoice = Implementation | 'auto';

const SEVERAL_CERTIFICATES =
  'several certificates on one port need the ws socket, which costs more CPU than uWebSockets.js';
const NO_NATIVE_BINARY =
  'the native uWebSockets.js binary does not load on this machine (it needs Linux with glibc, macOS or Windows); ws is used, which costs more CPU and memory per station';

/**
 * Listens with the implementation chosen.
 * @throws ListenError, TlsError; Error when `uws` is asked for and cannot be loaded.
 */
export async function listenSocket(
  choice: SocketChoice,
  options: SocketServerOptions,
): Promise<SocketServer> {
  if (choice === 'ws') return listenWs(options);
  if (choice === 'auto' && (options.tls?.certificates.length ?? 0) > 1) {
    options.logger.warn({ port: options.port, hint: SEVERAL_CERTIFICATES }, 'socket_fallback');
    return listenWs(options);
  }
  const uws = choice === 'uws' ? await loadUws() : await loadOrWarn(options.logger);
  return uws === undefined ? listenWs(options) : listenUws(uws, options);
}

let warned = false;

async function loadOrWarn(logger: Logger): Promise<Awaited<ReturnType<typeof loadUws>> | undefined> {
  try {
    return await loadUws();
  } catch (error) {
    if (!warned) {
      logger.warn({ err: error, hint: NO_NATIVE_BINARY }, 'socket_fallback');
    }
    warned = true;
    return undefined;
  }
}
