import { createServer } from 'node:net';

/** A port that cannot be listened on, with what to do about it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  constructor(host: string, port: number, problem: string, cause?: unknown) {
    super(`cannot listen on ${host}:${port}: ${problem}`, { cause });
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process uses the port; stop it or choose another port',
  EACCES: 'not permitted; ports below 1024 need privileges, choose a higher one',
  EADDRNOTAVAIL: 'the address does not belong to this machine',
  ENOTFOUND: 'the host name is not known',
};

export function listenError(host: string, port: number, error: NodeJS.ErrnoException): ListenError {
  return new ListenError(host, port, PROBLEMS[error.code ?? ''] ?? error.message, error);
}

/**
 * Finds out, before uWebSockets.js listens, whether the port can be had: that one shares ports silently, and says only
 * "false" when it fails. Gives the port itself, or a free one for 0.
 * @throws ListenError
 */
export async function reservePort(options: {
  host: string;
  port: number;
  sharePort: boolean;
}): Promise<number> {
  const { host, port, sharePort } = options;
  const probe = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host, port, exclusive: true }, () => {
        const address = probe.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  } catch (error) {
    const problem = error as NodeJS.ErrnoException;
    if (sharePort && problem.code === 'EADDRINUSE') return port;
    throw listenError(host, port, problem);
  } finally {
    await new Promise<void>((resolve) => {
      probe.close(() => {
        resolve();
      });
    });
  }
}
