import { ownCpu } from './cpu.js';

/** Something to be done many times, each time with another one of the inputs. */
export type Work = (input: number) => unknown;

/** Different inputs of the same kind; a power of two. */
export const INPUTS = 64;

/** CPU time of one operation in µs: of all threads, so that collecting the garbage counts. */
export function cpuOf(work: Work, iterations: number): number {
  const before = ownCpu();
  let missing = 0;
  for (let at = 0; at < iterations; at++) {
    if (work(at & (INPUTS - 1)) === undefined) missing++;
  }
  if (missing > 0) throw new Error('nothing came out');
  return (ownCpu() - before) / iterations;
}
