import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { StartError } from '../../libs/ops/mod.js';

/**
 * Makes a folder and those it is in, where they are not there. Not by Node's own recursive mkdir: that one never ends
 * where a file system that lets nothing be made answers that the folder's parent is missing, as /proc does.
 * @throws StartError
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await make(folder);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const advice = 'check its permissions, or choose another --data-dir';
    throw new StartError(`cannot make the data directory ${folder} (${problem}): ${advice}`, {
      cause: error,
    });
  }
}

async function make(folder: string): Promise<void> {
  const problem = await problemOfMaking(folder);
  if (problem === undefined) return;
  const parent = path.dirname(folder);
  if (problem.code !== 'ENOENT' || parent === folder) throw problem;
  await make(parent);
  const again = await problemOfMaking(folder);
  if (again !== undefined) throw again;
}

async function problemOfMaking(folder: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder);
    return undefined;
  } catch (error) {
    const problem = error as NodeJS.ErrnoException;
    return problem.code === 'EEXIST' ? undefined : problem;
  }
}
