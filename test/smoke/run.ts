import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BUILT = new URL('../../', import.meta.url);
const LONGEST_MS = 60_000;

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the project's programs, as built (`services/simulator/main.js`), to its end. */
export async function run(main: string, args: readonly string[]): Promise<Ran> {
  const script = fileURLToPath(new URL(main, BUILT));
  return await new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { timeout: LONGEST_MS }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
  });
}

/** Has simulated stations of every version do one charging session each, all within some seconds. */
export async function simulateSessions(url: string, stationsOfEach: number): Promise<Ran> {
  const pace = ['--session-length', '1s', '--meter-interval', '200ms', '--ramp', '0', '--seed', '7'];
  return await run('services/simulator/main.js', [
    ...['--url', url, '--stations', String(stationsOfEach), '--scenario', 'charge', '--json'],
    ...pace,
  ]);
}
