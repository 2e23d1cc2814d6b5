import { connect, createServer, type AddressInfo } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Ports that were free just now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject);
            server.listen(0, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
          }),
      ),
    );
  } finally {
    for (const server of servers) server.close();
  }
}

/** True when somebody takes connections at `port` of LOOPBACK. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK, () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** What the server at `port` says first after `request` (its greeting when that is empty); undefined when nobody answers. */
export function ask(port: number, request: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK, () => socket.write(request));
    const end = (answer: string | undefined): void => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(1000, () => end(undefined));
    socket.once('data', (data) => end(data.toString()));
    socket.once('error', () => end(undefined));
    socket.once('close', () => end(undefined));
  });
}
