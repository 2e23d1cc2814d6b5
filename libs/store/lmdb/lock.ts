import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, utimesSync } from 'node:fs';
import { readFile, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
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
/** A holder that has not looked at its lock for so long looks before it writes: it may have been suspended. */
const TRUST_MS = 2000;

/** Directories that this very process holds. */
const held = new Set<string>();

export interface DirectoryLock {
  /**
   * Call before every write.
   * @throws StoreError `in_use` when another process has taken the directory over or the lock is gone, for good;
   * `unavailable` when that cannot be told at this moment.
   */
  mustHold(): void;
  /** Gives the directory free, unless it is another's by now. */
  close(): Promise<void>;
}

export interface LockOptions {
  /** Milliseconds; for tests. */
  readonly silenceMs?: number;
  readonly trustMs?: number;
  /** Called once when the lock is lost. */
  readonly onLost?: (error: StoreError) => void;
}

/**
 * Takes `directory`, which must exist, for this process alone. The lock of a process that was killed is taken over; if
 * that process ran in another container or before a reboot, after `silenceMs` without a sign of life.
 * @throws StoreError `in_use`.
 */
export async function lockDirectory(directory: string, options: LockOptions = {}): Promise<DirectoryLock> {
  const real = await realpath(directory);
  if (held.has(real)) throw inUse(directory, `this process (${process.pid})`);
  held.add(real);
  try {
    const file = path.join(real, 'lock');
    const content = await take(file, directory, options.silenceMs ?? SILENCE_MS);
    return new HeldLock(file, content, options);
  } catch (error) {
    held.delete(real);
    throw error;
  }
}

/** The content of the lock file, which no other lock ever has. */
async function take(file: string, directory: string, silenceMs: number): Promise<string> {
  const me: Holder = { pid: process.pid, started: startOf(process.pid), scope: scope() };
  const content = JSON.stringify({ ...me, token: randomUUID() });
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await create(file, content)) return content;
    const text = await readFile(file, 'utf8').catch(() => '');
    const holder = parse(text);
    if (await isAlive(file, holder, silenceMs))
      throw inUse(directory, `process ${holder?.pid ?? 'of another machine'}`);
    await removeDead(file, text);
  }
  throw inUse(directory, 'a process that starts at the same moment');
}

/** False when the file is there already. */
async function create(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
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

class HeldLock implements DirectoryLock {
  readonly #file: string;
  readonly #content: string;
  readonly #trustMs: number;
  readonly #onLost: (error: StoreError) => void;
  readonly #heartbeat: NodeJS.Timeout;
  /** When the file was last seen to be its own, monotonic. */
  #seenAt = performance.now();
  #missing = false;
  #lost: StoreError | undefined;

  constructor(file: string, content: string, options: LockOptions) {
    this.#file = file;
    this.#content = content;
    this.#trustMs = options.trustMs ?? TRUST_MS;
    this.#onLost = options.onLost ?? (() => undefined);
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  mustHold(): void {
    if (this.#lost === undefined && performance.now() - this.#seenAt >= this.#trustMs) this.#look();
    if (this.#lost !== undefined) throw this.#lost;
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    const text = await readFile(this.#file, 'utf8').catch(() => undefined);
    if (text === this.#content) await unlink(this.#file).catch(() => undefined);
    held.delete(path.dirname(this.#file));
  }

  #beat(): void {
    try {
      this.#look();
      if (this.#lost !== undefined) return;
      const now = new Date();
      utimesSync(this.#file, now, now);
    } catch {
      // Without a sign of life, others may take over: `mustHold` looks again before the next write.
    }
  }

  /** @throws StoreError `unavailable`. */
  #look(): void {
    try {
      const text = readFileSync(this.#file, 'utf8');
      this.#missing = false;
      if (text !== this.#content) return this.#lose(`was taken over by process ${parse(text)?.pid ?? '?'}`);
      this.#seenAt = performance.now();
    } catch (error) {
      // A starter that finds a dead lock moves the file aside for a moment, which may be the wrong one.
      if (isErrno(error, 'ENOENT') && this.#missing) return this.#lose('has lost its lock file');
      this.#missing = isErrno(error, 'ENOENT');
      throw new StoreError('unavailable', `cannot read ${this.#file}: check the disk`, { cause: error });
    }
  }

  #lose(how: string): void {
    clearInterval(this.#heartbeat);
    const directory = path.dirname(this.#file);
    const text = `data directory ${directory} ${how}: this process (${process.pid}) writes nothing more to it; stop it`;
    this.#lost = new StoreError('in_use', text);
    this.#onLost(this.#lost);
  }
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
