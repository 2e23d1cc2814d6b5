import { byteLength, writeText } from '../../store/mod.js';
import { EventLogError } from '../errors.js';
import type { Cursor, EventEntry } from '../eventlog.js';

/**
 * Entries are stored in chunks: those that are appended in the same transaction share a record, because a record of
 * its own for each would cost several times more. Layout of a chunk: a format byte, then for each entry the lengths of
 * its station and type (16 bits) and data (32 bits), incarnation and number (64-bit floats), station, type, data.
 */
const FORMAT = 1;
const HEADER = 1;
const ENTRY_HEADER = 24;
const MAX_CHUNK_BYTES = 128 * 1024;

export type StoredEntry = EventEntry & { readonly cursor: Cursor };

/** What a chunk's key tells of it. */
export interface ChunkInfo {
  /** Cursor of the first entry; the others follow without a gap. */
  readonly first: Cursor;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly appendedAt: number;
}

export function chunkKey({ first, count, appendedAt }: ChunkInfo): Buffer {
  const key = Buffer.allocUnsafe(20);
  writeInteger(key, first, 0);
  writeInteger(key, appendedAt, 8);
  key.writeUInt32BE(count, 16);
  return key;
}

/** Sorts before every chunk whose first entry has `cursor` or a later one. */
export function chunksFrom(cursor: Cursor): Buffer {
  const key = Buffer.allocUnsafe(8);
  writeInteger(key, cursor, 0);
  return key;
}

export function chunkInfo(key: Buffer): ChunkInfo {
  return { first: readInteger(key, 0), appendedAt: readInteger(key, 8), count: key.readUInt32BE(16) };
}

/** Entries that share a chunk, and its size in bytes. */
export interface ChunkRun {
  readonly entries: readonly EventEntry[];
  readonly size: number;
}

/** Cuts `entries` into runs that make chunks of about 128 KiB at most. */
export function* chunkRuns(entries: readonly EventEntry[]): Iterable<ChunkRun> {
  let start = 0;
  let bytes = HEADER;
  for (let at = 0; at < entries.length; at++) {
    const size = sizeOf(entries[at] as EventEntry);
    if (bytes + size > MAX_CHUNK_BYTES && at > start) {
      yield { entries: entries.slice(start, at), size: bytes };
      start = at;
      bytes = HEADER;
    }
    bytes += size;
  }
  if (start < entries.length) yield { entries: entries.slice(start), size: bytes };
}

/** Bytes that the entry takes in a chunk. */
export function sizeOf(entry: EventEntry): number {
  return ENTRY_HEADER + byteLength(entry.station) + byteLength(entry.type) + entry.data.length;
}

/** Bytes of the chunk of these entries. */
export function chunkSize(entries: readonly EventEntry[]): number {
  let size = HEADER;
  for (const entry of entries) size += sizeOf(entry);
  return size;
}

/** @param chunk of `chunkSize(entries)` bytes, to be filled. */
export function encodeChunk(entries: readonly EventEntry[], chunk: Buffer): Buffer {
  chunk[0] = FORMAT;
  let at = HEADER;
  for (const entry of entries) {
    const stationAt = at + ENTRY_HEADER;
    const typeAt = writeText(chunk, entry.station, stationAt);
    const dataAt = writeText(chunk, entry.type, typeAt);
    chunk.set(entry.data, dataAt);
    chunk.writeUInt16LE(typeAt - stationAt, at);
    chunk.writeUInt16LE(dataAt - typeAt, at + 2);
    chunk.writeUInt32LE(entry.data.length, at + 4);
    chunk.writeDoubleLE(entry.incarnation, at + 8);
    chunk.writeDoubleLE(entry.number, at + 16);
    at = dataAt + entry.data.length;
  }
  return chunk;
}

/**
 * The entries of a chunk; `data` are views into it.
 * @throws EventLogError `damaged`.
 */
export function* decodeChunk(info: ChunkInfo, chunk: Buffer): Iterable<StoredEntry> {
  if (chunk[0] !== FORMAT) throw damaged(info.first);
  let at = HEADER;
  for (let index = 0; index < info.count; index++) {
    const cursor = info.first + index;
    if (at + ENTRY_HEADER > chunk.length) throw damaged(cursor);
    const stationAt = at + ENTRY_HEADER;
    const typeAt = stationAt + chunk.readUInt16LE(at);
    const dataAt = typeAt + chunk.readUInt16LE(at + 2);
    const end = dataAt + chunk.readUInt32LE(at + 4);
    if (end > chunk.length) throw damaged(cursor);
    yield {
      cursor,
      station: chunk.toString('utf8', stationAt, typeAt),
      incarnation: chunk.readDoubleLE(at + 8),
      number: chunk.readDoubleLE(at + 16),
      type: chunk.toString('utf8', typeAt, dataAt),
      data: chunk.subarray(dataAt, end),
    };
    at = end;
  }
}

function damaged(cursor: Cursor): EventLogError {
  return new EventLogError('damaged', `event ${cursor} of the log is unreadable: restore a backup`);
}

function writeInteger(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  buffer.writeUInt32BE(value % 2 ** 32, at + 4);
}

function readInteger(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4);
}
