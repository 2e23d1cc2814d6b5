import { Command } from 'ioredis';
import type { ShardBatch, Write } from '../states.js';
import type { Keys } from './keys.js';
import { COMMIT } from './scripts.js';

const CRLF = '\r\n';
const EMPTY = '$0\r\n\r\n';

/** A command whose bytes are ready to be sent. */
export class EncodedCommand extends Command {
  constructor(
    name: string,
    private readonly bytes: Buffer,
  ) {
    super(name);
  }

  override toWritable(): Buffer {
    return this.bytes;
  }
}

/** The texts of a shard that stand in every commit. */
interface ShardTexts {
  readonly lease: string;
  readonly wake: string;
  readonly records: string;
}

/**
 * Writes commits in Redis' protocol. By hand: ioredis joins a command's arguments one by one, which for 64 writes costs 4.5 µs of
 * CPU a write; this costs 2 µs with all the rest.
 */
export class CommitEncoder {
  readonly #texts: readonly ShardTexts[];

  constructor(keys: Keys) {
    this.#texts = Array.from({ length: keys.shards }, (_, shard) => ({
      lease: argument(keys.lease(shard)),
      wake: argument(keys.wake(shard)),
      records: keys.records(shard),
    }));
  }

  /** EVALSHA of the commit script for `batches`. `writer`: instance and era of the fence. */
  encode(batches: readonly ShardBatch[], writer: string): EncodedCommand {
    const plain = batches.map(({ writes }) => writes.every(isPlain));
    let keyCount = 0;
    let argumentCount = 0;
    let size = 128;
    batches.forEach(({ shard, writes }, at) => {
      keyCount += 1 + writes.length;
      argumentCount += 2 + writes.length;
      if (!plain[at]) {
        keyCount++;
        argumentCount += writes.reduce((sum, { value }) => (value === null ? sum : sum + 1), 0);
      }
      size += largestSize(this.#text(shard), writes) + writer.length;
    });
    const out = new Output(size);
    out.text(`*${3 + keyCount + argumentCount}\r\n$7\r\nEVALSHA\r\n$40\r\n${COMMIT.sha}\r\n`);
    out.text(argument(String(keyCount)));
    batches.forEach((batch, at) => this.#keys(out, batch, plain[at] === true));
    batches.forEach((batch, at) => this.#arguments(out, batch, plain[at] === true, writer));
    return new EncodedCommand('evalsha', out.bytes());
  }

  #keys(out: Output, { shard, writes }: ShardBatch, plain: boolean): void {
    const texts = this.#text(shard);
    out.text(texts.lease);
    if (!plain) out.text(texts.wake);
    for (const { key } of writes) out.key(texts.records, key);
  }

  #arguments(out: Output, { epoch, writes }: ShardBatch, plain: boolean, writer: string): void {
    const fence = `${epoch}:${writer}`;
    const count = String(plain ? writes.length : -writes.length);
    out.text(`$${fence.length}\r\n${fence}\r\n$${count.length}\r\n${count}\r\n`);
    for (const { value, wakeAt } of writes) {
      if (!plain) out.text(value === null ? '$1\r\nd\r\n' : orderOf(wakeAt));
      if (value !== null) out.value(value);
    }
  }

  #text(shard: number): ShardTexts {
    const texts = this.#texts[shard];
    if (texts === undefined) throw new Error(`no keys of shard ${shard}`);
    return texts;
  }
}

function isPlain({ value, wakeAt }: Write): boolean {
  return value !== null && wakeAt === undefined;
}

function orderOf(wakeAt: number | null | undefined): string {
  if (wakeAt === undefined) return EMPTY;
  return wakeAt === null ? '$1\r\nc\r\n' : argument(String(wakeAt));
}

function argument(ascii: string): string {
  return `$${ascii.length}${CRLF}${ascii}${CRLF}`;
}

/** No fewer bytes than a batch takes without the writer. */
function largestSize({ lease, wake, records }: ShardTexts, writes: readonly Write[]): number {
  let size = lease.length + wake.length + 64;
  for (const { key, value } of writes) {
    size += records.length + key.length * 3 + 96 + (value === null ? 0 : value.length);
  }
  return size;
}

class Output {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  text(ascii: string): void {
    this.#at += this.#buffer.write(ascii, this.#at, 'latin1');
  }

  key(prefix: string, key: string): void {
    const bytes = prefix.length + Buffer.byteLength(key);
    this.text(`$${bytes}${CRLF}${prefix}`);
    this.#at += this.#buffer.write(key, this.#at);
    this.text(CRLF);
  }

  value(value: Uint8Array): void {
    this.text(`$${value.length}${CRLF}`);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
    this.text(CRLF);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }
}
