import { checkKey } from '../check.js';
import type { Directory, ListOptions, StationRecord } from '../directory.js';
import { checkReplacement, decodeRecord, encodeRecord, sameRecord } from '../records.js';
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
    return this.#read(stationId);
  }

  async put(record: StationRecord): Promise<void> {
    checkKey(record.stationId);
    await this.#inOrder(() => this.#write(record.stationId, record));
  }

  async remove(stationId: string): Promise<boolean> {
    if (!isKey(stationId)) return false;
    return this.#inOrder(async () => {
      const found = this.#file.read(() => this.#records.doesExist(Buffer.from(stationId)));
      if (found) await this.#write(stationId, undefined);
      return found;
    });
  }

  async replace(
    stationId: string,
    expected: StationRecord | undefined,
    next: StationRecord | undefined,
  ): Promise<boolean> {
    checkReplacement(stationId, next);
    return this.#inOrder(async () => {
      const current = this.#read(stationId);
      if (!sameRecord(current, expected)) return false;
      if (current !== undefined || next !== undefined) await this.#write(stationId, next);
      return true;
    });
  }

  async list({ after, prefix = '', limit }: ListOptions): Promise<StationRecord[]> {
    const first = Buffer.from(prefix);
    // The smallest key past `after` is `after` with a zero byte.
    const past = Buffer.from(`${after ?? ''}\0`);
    const start = Buffer.compare(past, first) > 0 ? past : first;
    // No UTF-8 text holds the byte 0xFF: all ids that begin with the prefix stand before.
    const end = Buffer.concat([first, Buffer.of(0xff)]);
    return this.#file.read(() => {
      const range = this.#records.getRange({ start, end, limit });
      return Array.from(range, ({ key, value }) => decode(key.toString(), value));
    });
  }

  #read(stationId: string): StationRecord | undefined {
    if (!isKey(stationId)) return undefined;
    return this.#file.read(() => {
      const value = this.#records.getBinary(Buffer.from(stationId));
      return value === undefined ? undefined : decode(stationId, value);
    });
  }

  /** Undefined: there is no record any more. */
  #write(stationId: string, record: StationRecord | undefined): Promise<void> {
    const key = Buffer.from(stationId);
    const value = record && Buffer.from(encodeRecord(record));
    const apply = (writer: Writer) => {
      if (value === undefined) writer.remove(this.#records, key);
      else writer.put(this.#records, key, value);
    };
    return this.#file.write({ apply }, value?.length ?? key.length);
  }

  /**
   * Changes are few and far between; one after the other, each sees what the last one did. Nobody else writes: the folder is
   * locked.
   */
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

const decode = (stationId: string, value: Uint8Array): StationRecord =>
  decodeRecord(stationId, Buffer.from(value).toString());
