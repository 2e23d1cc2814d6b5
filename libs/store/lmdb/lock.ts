import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, realpath, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../errors.js';

/** Who holds a data directory. */
interface Holder {
  readonly pid: number;
  /** Clock ticks from the machine's boot to the start of the process; tells a reused pid. Linux only. */
  readonly started: string | undefined;
  /** Machine boot and pid namespace in which `pid` means something. Linux only. */
  readonly scope: string | undefined;
}

const HEARTBEAT_MS = 1000;
/** A holder that cannot be looked up here is taken for dead after so long without a heartbeat. */
const SILENCE_MS = 3500;

/** Directories that this very process holds. */
const held = new Set<string>();

export interface DirectoryLock {
  close(): Promise<void>;
}

/**
 * Takes `directory`, which must exist, for this process alone. The lock of a process that was killed is taken over; if
 * that process ran in another container or before a reboot, after `silenceMs` without a sign of life.
 * @throws StoreError `in_use`.
 */
export async function lockDirectory(directory: string, silenceMs = SILENCE_MS): Promise<DirectoryLock> {
  const real = await realpath(directory);
  if (held.has(real)) throw inUse(directory, `this process (${process.pid})`);
  held.add(real);
  try {
    const file = path.join(real, 'lock');
    await take(file, directory, silenceMs);
    return keep(file, real);
  } catch (error) {
    held.delete(real);
    throw error;
  }
}

async function take(file: string, directory: string, silenceMs: number): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await create(file)) return;
    const text = await readFile(file, 'utf8').catch(() => '');
    const holder = parse(text);
    if (await isAlive(file, holder, silenceMs))
      throw inUse(directory, `process ${holder?.pid ?? 'of another machine'}`);
    await removeDead(file, text);
  }
  throw inUse(directory, 'a process that starts at the same moment');
}

/** False when the file is there already. */
async function create(file: string): Promise<boolean> {
  const me: Holder = { pid: process.pid, started: startOf(process.pid), scope: scope() };
  try {
    await writeFile(file, JSON.stringify(me), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Another starter may have replaced the dead lock meanwhile: then that one is put back. */
async function removeDead(file: string, text: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) === text) await unlink(aside);
    else await rename(aside, file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

async function isAlive(file: string, holder: Holder | undefined, silenceMs: number): Promise<boolean> {
  if (holder === undefined || holder.scope !== scope()) return hasHeartbeat(file, silenceMs);
  if (holder.pid === process.pid)
    return holder.started !== undefined && holder.started === startOf(process.pid);
  const started = startOf(holder.pid);
  if (holder.started !== undefined) return started === holder.started;
  return exists(holder.pid);
}

async function hasHeartbeat(file: string, silenceMs: number): Promise<boolean> {
  const before = await modifiedAt(file);
  await sleep(silenceMs);
  const after = await modifiedAt(file);
  return after !== undefined && after !== before;
}

async function modifiedAt(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

function keep(file: string, real: string): DirectoryLock {
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    close: async () => {
      clearInterval(heartbeat);
      await unlink(file).catch(() => undefined);
      held.delete(real);
    },
  };
}

function parse(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined;
    const { pid, started, scope: where } = value as Record<string, unknown>;
    if (typeof pid !== 'number') return undefined;
    return {
      pid,
      started: typeof started === 'string' ? started : undefined,
      scope: typeof where === 'string' ? where : undefined,
    };
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/<pid>/stat; the command name before it may hold spaces and brackets. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function scope(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

function inUse(directory: string, who: string): StoreError {
  return new StoreError(
    'in_use',
    `data directory ${directory} is in use by ${who}: stop it, or choose another --data-dir`,
  );
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
