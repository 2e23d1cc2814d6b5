import { fileURLToPath } from 'node:url';
import { ServerProcess } from '../../libs/servers/mod.js';

/** An edge, a worker or the API of the cluster. */
export interface MemberOptions {
  /** `worker-1` */
  readonly name: string;
  /** The program, as built, beside this one: `../worker/main.js`. */
  readonly main: string;
  readonly flags: readonly string[];
  readonly opsPort: number;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** The process of a member; it serves when its ops port says that it is ready. */
export function memberProcess({ name, main, flags, opsPort, onLine }: MemberOptions): ServerProcess {
  return new ServerProcess({
    name,
    program: process.execPath,
    args: [
      '--enable-source-maps',
      fileURLToPath(new URL(main, import.meta.url)),
      ...flags,
      ...['--ops-host', '127.0.0.1', '--ops-port', String(opsPort)],
    ],
    detached: true,
    env: withoutSettings(process.env),
    onLine,
    isReady: () => isReady(opsPort),
  });
}

async function isReady(opsPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${opsPort}/readyz`, { signal: AbortSignal.timeout(2000) });
    return response.ok;
  } catch {
    return false;
  }
}

/** The settings of the cluster are its flags': what a member takes from the environment is not meant for it. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('STATIONMASTER_')));
}
