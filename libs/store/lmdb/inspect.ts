import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreError } from '../errors.js';

/** LMDB's file format, version 2 of its 64-bit little-endian form: struct MDB_meta, MDB_page, MDB_node of mdb.c. */
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const PAGE_HEADER = 24;
const META_BYTES = PAGE_HEADER + 136;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const P_BRANCH = 1;
const P_LEAF = 2;
const F_BIGDATA = 1;
const F_SUBDATA = 2;
/** No tree of LMDB is deeper. */
const MAX_DEPTH = 32;

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  /** Of the free pages and of the tables. */
  readonly roots: readonly bigint[];
}

/**
 * Sees that nothing of an LMDB data file is cut off, because LMDB ends the process when it reads past the end. A file that
 * is not there, or empty, is well: LMDB creates it.
 * @throws StoreError `damaged`.
 */
export function inspect(file: string): void {
  const fd = openIfThere(file);
  if (fd === undefined) return;
  try {
    const { size } = fstatSync(fd);
    if (size === 0) return;
    const meta = newestMeta(fd);
    if (meta === undefined) throw damaged(file, 'is no database, or its head is overwritten');
    const pages = Math.floor(size / meta.pageSize);
    // The pages of the end may be missing when they are free.
    if (meta.lastPage >= pages && !new Pages(fd, meta.pageSize, pages).hold(meta.roots))
      throw damaged(file, `is cut off: it has ${pages} of ${meta.lastPage + 1} pages`);
  } finally {
    closeSync(fd);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function newestMeta(fd: number): Meta | undefined {
  const first = readMeta(fd, 0);
  const second = first && readMeta(fd, first.pageSize);
  if (second === undefined) return undefined;
  return first !== undefined && first.transaction > second.transaction ? first : second;
}

function readMeta(fd: number, at: number): Meta | undefined {
  const page = Buffer.alloc(META_BYTES);
  if (readSync(fd, page, 0, META_BYTES, at) < META_BYTES) return undefined;
  const meta = page.subarray(PAGE_HEADER);
  if (meta.readUInt32LE(0) !== MAGIC || meta.readUInt16LE(4) !== VERSION) return undefined;
  const pageSize = meta.readUInt32LE(24);
  if (pageSize < 512 || pageSize > 65_536) return undefined;
  return {
    pageSize,
    roots: [meta.readBigUInt64LE(64), meta.readBigUInt64LE(112)],
    lastPage: Number(meta.readBigUInt64LE(120)),
    transaction: meta.readBigUInt64LE(128),
  };
}

/** The pages that are there. */
class Pages {
  #visits = 0;

  constructor(
    private readonly fd: number,
    private readonly size: number,
    private readonly count: number,
  ) {}

  /** True when every page of the trees is there. */
  hold(roots: readonly bigint[]): boolean {
    try {
      return roots.every((root) => root === NO_PAGE || this.#holdTree(root, 0));
    } catch (error) {
      // A page that says of itself what cannot be.
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  #holdTree(root: bigint, depth: number): boolean {
    if (depth > MAX_DEPTH || root >= this.count || ++this.#visits > this.count) return false;
    const page = Buffer.alloc(this.size);
    readSync(this.fd, page, 0, this.size, Number(root) * this.size);
    const flags = page.readUInt16LE(18);
    if ((flags & (P_BRANCH | P_LEAF)) === 0) return false;
    const nodes = page.readUInt16LE(20) >> 1;
    for (let index = 0; index < nodes; index++) {
      const node = page.subarray(PAGE_HEADER + page.readUInt16LE(PAGE_HEADER + 2 * index));
      const whole = flags & P_BRANCH ? this.#holdTree(childOf(node), depth + 1) : this.#holdData(node, depth);
      if (!whole) return false;
    }
    return true;
  }

  #holdData(node: Buffer, depth: number): boolean {
    const flags = node.readUInt16LE(4);
    const data = node.subarray(8 + node.readUInt16LE(6));
    if (flags & F_BIGDATA) return data.readBigUInt64LE(0) + data.readBigUInt64LE(16) <= this.count;
    if ((flags & F_SUBDATA) === 0) return true;
    const root = data.readBigUInt64LE(40);
    return root === NO_PAGE || this.#holdTree(root, depth + 1);
  }
}

function childOf(node: Buffer): bigint {
  return BigInt(node.readUInt32LE(0)) + (BigInt(node.readUInt16LE(4)) << 32n);
}

function damaged(file: string, how: string): StoreError {
  const advice = 'restore the whole data directory from one backup, or move it away to begin anew';
  return new StoreError('damaged', `${file} ${how}: ${advice}`);
}
