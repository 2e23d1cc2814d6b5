import { checkKey } from '../check.js';
import type { Directory, StationRecord } from '../directory.js';
import { StoreError } from '../errors.js';
import type { LmdbFile, Table, Writer } from './file.js';

/** Records as JSON, keyed by station id. */
export class LmdbDirectory implements Directory {
  readonly #file: LmdbFile;
  readonly #records: Table;
  #last: Promise<void> = Promise.resolve();

  constructor(file: LmdbFile) {
    this.#file = file;
    this.#records = file.table('directory');
  }

  async get(stationId: string): Promise<StationRecord | undefined> {
    if (!isKey(stationId)) return undefined;
    return this.#file.read(() => {
      const value = this.#records.getBinary(Buffer.from(stationId));
      return value === undefined ? undefined : decode(stationId, value);
    });
  }

  async put(record: StationRecord): Promise<void> {
    checkKey(record.stationId);
    const key = Buffer.from(record.stationId);
    const value = Buffer.from(JSON.stringify(record));
    await this.#inOrder(() =>
      this.#file.write({ apply: (writer) => writer.put(this.#records, key, value) }, value.length),
    );
  }

  async remove(stationId: string): Promise<boolean> {
    if (!isKey(stationId)) return false;
    const key = Buffer.from(stationId);
    return this.#inOrder(async () => {
      const found = this.#file.read(() => this.#records.doesExist(key));
      const apply = (writer: Writer) => writer.remove(this.#records, key);
      if (found) await this.#file.write({ apply }, key.length);
      return found;
    });
  }

  async list(options: { after?: string; limit: number }): Promise<StationRecord[]> {
    const { after = '', limit } = options;
    return this.#file.read(() => {
      // The smallest key past `after` is `after` with a zero byte.
      const range = this.#records.getRange({ start: Buffer.from(`${after}\0`), limit });
      return Array.from(range, ({ key, value }) => decode(key.toString(), value));
    });
  }

  /** Changes are few and far between; one after the other, each sees what the last one did. */
  #inOrder<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#last.then(change);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}

function isKey(stationId: string): boolean {
  try {
    checkKey(stationId);
    return true;
  } catch {
    return false;
  }
}

function decode(stationId: string, value: Uint8Array): StationRecord {
  try {
    return JSON.parse(Buffer.from(value).toString()) as StationRecord;
  } catch (error) {
    const text = `directory record of station ${stationId} is unreadable: provision the station again`;
    throw new StoreError('damaged', text, { cause: error });
  }
}
