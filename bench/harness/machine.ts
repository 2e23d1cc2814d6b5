import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Where something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Distribution or operating system. */
  readonly os: string;
  readonly kernel: string;
  readonly arch: string;
  readonly node: string;
  /** Load average of the last minute when the run began: well above 0 means that others were at work. */
  readonly load: number;
  /** Git commit; `-dirty` when files differ from it; `none` outside a repository. */
  readonly commit: string;
}

export function machine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: distribution(),
    // Without what a distributor appends to the version: it may name a host.
    kernel: `${os.type()} ${os.release().split('-')[0]}`,
    arch: os.arch(),
    node: process.versions.node,
    load: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
    commit: commit(),
  };
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? os.type();
  } catch {
    return os.type();
  }
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '-dirty');
  } catch {
    return 'none';
  }
}
