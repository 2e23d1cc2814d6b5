import { readFileSync, writeFileSync } from 'node:fs';
import { programPath } from './binary.js';
import { accepts, freePorts } from './ports.js';
import { ServerProcess } from './server-process.js';

export interface HaproxyOptions {
  /** The configuration that listens on `port` of LOOPBACK. */
  configuration(port: number): string;
  /** Where it is written. */
  file(port: number): string;
}

/** A HAProxy on a free port. */
export class HaproxyServer extends ServerProcess {
  private constructor(
    readonly port: number,
    { configuration, file }: HaproxyOptions,
  ) {
    writeFileSync(file(port), configuration(port));
    super({
      name: 'haproxy',
      program: programPath('haproxy'),
      args: ['-db', '-f', file(port)],
      isReady: () => accepts(port),
    });
  }

  /** @throws MissingProgram */
  static async start(options: HaproxyOptions): Promise<HaproxyServer> {
    const [port = 0] = await freePorts(1);
    const proxy = new HaproxyServer(port, options);
    await proxy.start();
    return proxy;
  }
}

/**
 * A section of a HAProxy configuration with its first line, such as `backend edges`.
 * @throws Error when the file has none of this name.
 */
export function haproxySection(file: string, name: string): string {
  const sections = readFileSync(file, 'utf8').split(/^(?=[a-z])/m);
  const section = sections.find((text) => text.startsWith(`${name}\n`));
  if (section === undefined) throw new Error(`${file} has no '${name}'`);
  return `${section.trimEnd()}\n`;
}
