import { readFileSync } from 'node:fs';

export interface Usage {
  /** User and system CPU time of all its threads since it began, in µs; counted in steps of 10 ms. */
  readonly cpuMicros: number;
  /** Resident memory. */
  readonly rssBytes: number;
  /** The most that it has been so far. */
  readonly peakRssBytes: number;
}

/** USER_HZ is 100 on all common machines: see proc(5). */
const MICROS_PER_TICK = 10_000;

/** What a process of this machine has used, as /proc tells it: Linux only. @throws Error when it does not run. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // After the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return {
    cpuMicros: (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK,
    rssBytes: bytesOf('VmRSS'),
    peakRssBytes: bytesOf('VmHWM'),
  };
}
