import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServer } from '../../servers/mod.js';
import { connectNats, natsBus, type Bus, type NatsBusOptions, type NatsLinkOptions } from '../mod.js';

export const text = (message: { readonly data: Uint8Array }) => Buffer.from(message.data).toString();
export const bytes = (content: string) => new Uint8Array(Buffer.from(content));

export interface NatsBusConnectOptions
  extends Omit<NatsLinkOptions, 'onError'>, Omit<NatsBusOptions, 'onError'> {
  /** Told what handlers throw, with the subject, and what goes wrong with the link, without one. */
  readonly onError: (error: unknown, subject?: string) => void;
}

/**
 * A link of its own and the bus over it.
 * @throws NatsConnectError, as `connectNats`.
 */
export async function connectNatsBus(options: NatsBusConnectOptions): Promise<Bus> {
  return natsBus(await connectNats(options), options);
}

/** Where cleaning up is registered: the context of a test, or `Cleanups`. */
export interface Cleanup {
  after(work: () => Promise<unknown>): void;
}

/** For what all tests of a file share: `after(() => cleanups.run())`. */
export class Cleanups implements Cleanup {
  readonly #works: (() => Promise<unknown>)[] = [];

  after(work: () => Promise<unknown>): void {
    this.#works.push(work);
  }

  async run(): Promise<void> {
    for (const work of this.#works.reverse()) await work();
  }
}

export async function temporaryFolder(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-nats-'));
  cleanup.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @param config text of its configuration file, `nats.conf` in `folder`. */
export async function startServer(
  cleanup: Cleanup,
  config = '',
): Promise<{ server: NatsServer; folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-nats-'));
  const file = path.join(folder, 'nats.conf');
  await writeFile(file, config);
  const server = await NatsServer.start({ folder, args: ['-c', file] });
  cleanup.after(async () => {
    await server.kill9();
    await rm(folder, { recursive: true, force: true });
  });
  return { server, folder };
}

/** Stops the process, as SIGSTOP does some time after it was sent: resolves when none of its threads runs (Linux). */
export async function freeze(server: NatsServer): Promise<void> {
  server.signal('SIGSTOP');
  const tasks = `/proc/${server.pid}/task`;
  for (const task of await readdir(tasks)) {
    const stands = async (): Promise<boolean> =>
      /\) [tT] /.test(await readFile(`${tasks}/${task}/stat`, 'utf8'));
    while (!(await stands())) await sleep(1);
  }
}
