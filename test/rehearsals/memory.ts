import { readFileSync } from 'node:fs';

/** Most resident memory that a process has had so far, in bytes. Linux only. @throws Error when it does not run. */
export function peakMemoryOf(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(peak ?? 0) * 1024;
}
