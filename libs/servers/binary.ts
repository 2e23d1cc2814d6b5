import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** A server program that this machine does not have. The message says how to get it. */
export class MissingProgram extends Error {
  override readonly name = 'MissingProgram';

  constructor(readonly program: string) {
    super(`${program} is not on the PATH: install it (Debian and Ubuntu: apt-get install ${program})`);
  }
}

/**
 * Full path of a program on the PATH.
 * @throws MissingProgram
 */
export function programPath(program: string): string {
  const found = findProgram(program);
  if (found === undefined) throw new MissingProgram(program);
  return found;
}

/** As `programPath`; undefined when there is none. */
export function findProgram(program: string): string | undefined {
  // Debian keeps servers in sbin, which is not on every user's PATH.
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => path.join(folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
