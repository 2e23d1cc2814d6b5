import type { LmdbFile, Writer } from './file.js';

/** Records in one transaction: about a millisecond of the event loop. */
const STEP = 512;

/**
 * Writes very many records in one transaction after the other, so that neither the event loop nor other writers wait
 * long. Writing them again from the start does no harm.
 * @returns false when `stopped` became true before the end.
 */
export async function writeInSteps<Item>(
  file: LmdbFile,
  items: Iterable<Item>,
  write: (writer: Writer, item: Item) => void,
  stopped: () => boolean,
): Promise<boolean> {
  let step: Item[] = [];
  const flush = () => {
    const now = step;
    step = [];
    return file.write({ apply: (writer) => now.forEach((item) => write(writer, item)) }, 0);
  };
  for (const item of items) {
    step.push(item);
    if (step.length < STEP) continue;
    if (stopped()) return false;
    await flush();
  }
  if (stopped()) return false;
  if (step.length > 0) await flush();
  return true;
}
