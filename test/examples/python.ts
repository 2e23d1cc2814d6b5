import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VENV_MS = 240_000;
const PROTOS = 'libs/api/proto';

/** A virtual environment with what `requirements` (files) ask for, or why there is none on this machine. */
export type Python = { readonly program: string } | { readonly missing: string };

/** Made once for the same requirements, under `.scratch/`. */
export async function python(requirements: readonly string[]): Promise<Python> {
  const version = await said('python3', ['--version']);
  if (version === undefined) return { missing: 'python3 is not there' };
  const texts = requirements.map((file) => readFileSync(file, 'utf8'));
  const hash = createHash('sha256')
    .update([version, ...texts].join('\n'))
    .digest('hex');
  const folder = path.resolve('.scratch', `python-${hash.slice(0, 12)}`);
  const program = path.join(folder, 'bin/python');
  const made = path.join(folder, '.made');
  if (existsSync(made)) return { program };
  await rm(folder, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', folder], { timeout: VENV_MS });
    const wanted = requirements.flatMap((file) => ['-r', file]);
    await run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted], {
      timeout: VENV_MS,
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const [line] = (error as Error).message.split('\n');
    return { missing: `no virtual environment with ${requirements.join(', ')}: ${line}` };
  }
  await writeFile(made, '');
  return { program };
}

/** A new folder with the Python code of the gRPC services, made as the example's README says. */
export async function stubs(program: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  const files = (await readdir(path.join(PROTOS, 'stationmaster/v1'))).map(
    (file) => `stationmaster/v1/${file}`,
  );
  const out = [`--python_out=${folder}`, `--grpc_python_out=${folder}`];
  await run(program, ['-m', 'grpc_tools.protoc', '-I', PROTOS, ...out, ...files]);
  return folder;
}

async function said(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(program, args)).stdout;
  } catch {
    return undefined;
  }
}
