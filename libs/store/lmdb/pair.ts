import { randomUUID } from 'node:crypto';
import { StoreError } from '../errors.js';
import type { LmdbFile } from './file.js';

const ID = Buffer.from('id');
const ADVICE = 'restore the whole data directory from one backup, or move it away to begin anew';

/**
 * Sees that both files are of one data directory: they get the same id when they are created. Call it before the format
 * is written into `main`, which says that they were complete.
 * @throws StoreError `damaged` when one of the files is new, `mismatch` when they are of different directories.
 */
export async function pair(main: LmdbFile, records: LmdbFile): Promise<void> {
  const [mainId, recordsId] = [idOf(main), idOf(records)];
  if (mainId !== undefined && mainId === recordsId) return;
  if (mainId !== undefined && recordsId !== undefined) {
    const text = `${main.path} and ${records.path} are not of one data directory: ${ADVICE}`;
    throw new StoreError('mismatch', text);
  }
  if (recordsId !== undefined) throw missing(main);
  if (mainId !== undefined && main.read(() => main.table('meta').doesExist(Buffer.from('format'))))
    throw missing(records);
  const id = Buffer.from(mainId ?? randomUUID());
  for (const file of [main, records]) {
    const meta = file.table('meta');
    await file.write({ apply: (writer) => writer.put(meta, ID, id) }, id.length);
  }
}

function idOf(file: LmdbFile): string | undefined {
  return file.read(() => file.table('meta').getBinary(ID)?.toString());
}

function missing(file: LmdbFile): StoreError {
  return new StoreError('damaged', `the content of ${file.path} is lost: ${ADVICE}`);
}
