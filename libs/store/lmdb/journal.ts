import { StoreError } from '../errors.js';
import type { ShardBatch, Write } from '../states.js';
import type { LmdbFile, Table, Writer } from './file.js';
import type { Overlay } from './overlay.js';
import { byteLength, writeText } from './text.js';

/**
 * The writes of one transaction stand in one record of the journal, because a record of its own for each costs several
 * times more: a page of 4 KiB to copy and to write for each station. Layout: a format byte, then for each write its
 * flags (8 bits), shard (16), length of key (16) and value (32), wake-up time (64-bit float), key and value.
 */
const FORMAT = 1;
const HEADER = 1;
const WRITE_HEADER = 17;
const DELETED = 1;
const WAKE_SET = 2;
const WAKE_CLEARED = 4;

/**
 * Records that may go and do go with each one that is appended. Removed many at once, their pages make LMDB write a long
 * list of free pages, 64 KiB for 32 MiB of journal, with every commit until most of them are used again.
 */
const REMOVED_PER_APPEND = 2;

/** The state writes that are durable but not yet in the records file, in the order of their transactions. */
export class Journal {
  readonly #file: LmdbFile;
  readonly #table: Table;
  #oldest = 1;
  #newest = 0;
  /** Records up to here stand in the records file as well. */
  #removable = 0;
  /** Those up to here go with the record that was appended last. */
  #removing = 0;

  constructor(file: LmdbFile) {
    this.#file = file;
    this.#table = file.table('journal');
  }

  /** Number of the newest record that is committed. */
  get newest(): number {
    return this.#newest;
  }

  /** Reads the whole journal into `overlay`. @throws StoreError `damaged`. */
  recover(overlay: Overlay): void {
    this.#file.read(() => {
      for (const { key, value } of this.#table.getRange()) {
        const number = numberOfKey(key);
        if (this.#newest === 0) this.#oldest = number;
        this.#newest = number;
        decode(Buffer.from(value.buffer, value.byteOffset, value.byteLength), number, overlay);
      }
    });
  }

  /** Puts the writes as the next record, and removes some that may go; the record is for `remember`. */
  append(writer: Writer, batches: readonly ShardBatch[]): Buffer {
    const record = encode(batches);
    writer.put(this.#table, keyOf(this.#newest + 1), record);
    this.#removing = Math.min(this.#removable, this.#oldest + REMOVED_PER_APPEND - 1);
    for (let each = this.#oldest; each <= this.#removing; each++) writer.remove(this.#table, keyOf(each));
    return record;
  }

  /** The batches that were appended last, as `record`, are committed: notes them in `overlay`, as `recover` would. */
  remember(batches: readonly ShardBatch[], record: Buffer, overlay: Overlay): void {
    this.#newest++;
    this.#oldest = Math.max(this.#oldest, this.#removing + 1);
    let at = HEADER;
    for (const { shard, writes } of batches) {
      for (const write of writes) {
        const valueAt = at + WRITE_HEADER + record.readUInt16LE(at + 3);
        const end = valueAt + (write.value?.length ?? 0);
        const start = write.value === null ? -1 : valueAt;
        overlay.set(shard, write.key, { record, start, end, wakeAt: write.wakeAt });
        at = end;
      }
    }
    overlay.bytes += record.length;
  }

  /**
   * All records up to `number` stand in the records file. They go from the oldest on, with those that are appended: what a
   * start reads of them is the newest of its key, and stands in the records file as it is.
   */
  mayRemoveUpTo(number: number): void {
    this.#removable = number;
  }
}

function encode(batches: readonly ShardBatch[]): Buffer {
  let size = HEADER;
  for (const { writes } of batches) {
    for (const { key, value } of writes) size += WRITE_HEADER + byteLength(key) + (value?.length ?? 0);
  }
  const record = Buffer.allocUnsafe(size);
  record[0] = FORMAT;
  let at = HEADER;
  for (const { shard, writes } of batches) for (const write of writes) at = put(record, at, shard, write);
  return record;
}

function put(record: Buffer, at: number, shard: number, { key, value, wakeAt }: Write): number {
  const valueAt = writeText(record, key, at + WRITE_HEADER);
  const wakeFlag = wakeAt === undefined ? 0 : wakeAt === null ? WAKE_CLEARED : WAKE_SET;
  record[at] = (value === null ? DELETED : 0) | wakeFlag;
  record.writeUInt16LE(shard, at + 1);
  record.writeUInt16LE(valueAt - at - WRITE_HEADER, at + 3);
  record.writeUInt32LE(value?.length ?? 0, at + 5);
  record.writeDoubleLE(wakeAt ?? 0, at + 9);
  if (value === null) return valueAt;
  record.set(value, valueAt);
  return valueAt + value.length;
}

/** @throws StoreError `damaged`. */
function decode(record: Buffer, number: number, overlay: Overlay): void {
  if (record[0] !== FORMAT) throw damaged(number);
  let at = HEADER;
  while (at < record.length) {
    if (at + WRITE_HEADER > record.length) throw damaged(number);
    const flags = record[at] ?? 0;
    const shard = record.readUInt16LE(at + 1);
    const valueAt = at + WRITE_HEADER + record.readUInt16LE(at + 3);
    const end = valueAt + record.readUInt32LE(at + 5);
    if (end > record.length) throw damaged(number);
    const key = record.toString('utf8', at + WRITE_HEADER, valueAt);
    const wakeAt = flags & WAKE_SET ? record.readDoubleLE(at + 9) : flags & WAKE_CLEARED ? null : undefined;
    overlay.set(shard, key, { record, start: flags & DELETED ? -1 : valueAt, end, wakeAt });
    at = end;
  }
  overlay.bytes += record.length;
}

function damaged(number: number): StoreError {
  return new StoreError('damaged', `record ${number} of the journal is unreadable: restore a backup`);
}

function keyOf(number: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(number), 0);
  return key;
}

function numberOfKey(key: Uint8Array): number {
  return Number(Buffer.from(key.buffer, key.byteOffset, key.byteLength).readBigUInt64BE(0));
}
