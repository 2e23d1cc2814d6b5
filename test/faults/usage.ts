import { readFile } from 'node:fs/promises';

export interface Usage {
  /** CPU time since the process began, in milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Of Linux on all common machines. */
const TICKS_PER_SECOND = 100;

/** What a process has used, by /proc. @throws Error when it does not run. */
export async function usageOf(pid: number): Promise<Usage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // After the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssBytes: Number(rss) * 1024 };
}
