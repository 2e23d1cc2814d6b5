import { checkKey } from '../check.js';
import type { Directory, ListOptions, StationRecord } from '../directory.js';
import { checkReplacement, decodeRecord, encodeRecord, sameRecord } from '../records.js';
import type { Room } from './room.js';
import { PUT_STATION, REMOVE_STATION, REPLACE_STATION } from './scripts.js';

/** Records of one answer. */
const MAX_LIST = 10_000;
/** Shards that are asked at a time. */
const SHARDS_AT_A_TIME = 512;
const MIN_PAGE = 8;

const OPEN = Buffer.from('(');
const CLOSED = Buffer.from('[');

/** Limits as ZRANGEBYLEX takes them. */
interface Range {
  readonly from: Buffer | '-';
  readonly to: Buffer | '+';
}

/** The ids of a shard's stations, as far as they have been read; `from`: what comes next. */
interface Run {
  readonly shard: number;
  from: Range['from'];
  readonly to: Range['to'];
  last: Buffer | undefined;
  done: boolean;
}

/**
 * Records as JSON. The stations of a cluster are spread over all shards; `list` merges them. After `unavailable` a change may still
 * come, as late as the connection that it was sent over lives: read the record back.
 */
export class RedisDirectory implements Directory {
  constructor(private readonly room: Room) {}

  async get(stationId: string): Promise<StationRecord | undefined> {
    const json = await this.#json(stationId);
    return json === undefined ? undefined : decodeRecord(stationId, json);
  }

  async put(record: StationRecord): Promise<void> {
    const { keys, link, slotOf } = this.room;
    this.room.mustBeOpen();
    checkKey(record.stationId);
    const shard = keys.shardOfStation(record.stationId);
    const args = [record.stationId, encodeRecord(record)];
    await link.script(PUT_STATION, slotOf(shard), this.#keysOf(shard), args);
  }

  async remove(stationId: string): Promise<boolean> {
    const { keys, link, slotOf } = this.room;
    this.room.mustBeOpen();
    const shard = keys.shardOfStation(stationId);
    return (await link.script(REMOVE_STATION, slotOf(shard), this.#keysOf(shard), [stationId])) === 1;
  }

  /** Compares what is read here, then has Redis replace just that text: what is written in between is not overwritten. */
  async replace(
    stationId: string,
    expected: StationRecord | undefined,
    next: StationRecord | undefined,
  ): Promise<boolean> {
    const { keys, link, slotOf } = this.room;
    this.room.mustBeOpen();
    checkReplacement(stationId, next);
    const json = await this.#json(stationId);
    const current = json === undefined ? undefined : decodeRecord(stationId, json);
    if (!sameRecord(current, expected)) return false;
    const shard = keys.shardOfStation(stationId);
    const args = [stationId, json ?? '', next === undefined ? '' : encodeRecord(next)];
    return (await link.script(REPLACE_STATION, slotOf(shard), this.#keysOf(shard), args)) === 1;
  }

  /** At most 10,000 records at a time. */
  async list({ after, prefix = '', limit }: ListOptions): Promise<StationRecord[]> {
    this.room.mustBeOpen();
    const most = Math.min(limit, MAX_LIST);
    if (!(most > 0)) return [];
    return await this.#records(await this.#ids(rangeOf(after, prefix), most));
  }

  /** The first `limit` ids of all shards in the range, in order. */
  async #ids({ from, to }: Range, limit: number): Promise<string[]> {
    const { shards } = this.room.keys;
    const size = Math.max(MIN_PAGE, Math.ceil((2 * limit) / shards));
    const runs = Array.from({ length: shards }, (_, shard): Run => ({
      shard,
      from,
      to,
      last: undefined,
      done: false,
    }));
    const ids: Buffer[] = [];
    for (;;) {
      const unfinished = runs.filter(({ done }) => !done);
      for (let at = 0; at < unfinished.length; at += SHARDS_AT_A_TIME) {
        const asked = unfinished.slice(at, at + SHARDS_AT_A_TIME);
        for (const page of await Promise.all(asked.map((run) => this.#page(run, size)))) ids.push(...page);
      }
      ids.sort((a, b) => Buffer.compare(a, b));
      // Past the first run that is not read to its end, an id may be missing.
      const horizon = runs
        .flatMap(({ done, last }) => (done || last === undefined ? [] : [last]))
        .reduce<Buffer | undefined>((low, id) => (low && Buffer.compare(low, id) < 0 ? low : id), undefined);
      const certain =
        horizon === undefined ? ids.length : ids.filter((id) => Buffer.compare(id, horizon) <= 0).length;
      if (horizon === undefined || certain >= limit) {
        return ids.slice(0, Math.min(certain, limit)).map((id) => id.toString());
      }
    }
  }

  async #json(stationId: string): Promise<string | undefined> {
    const { keys, link, slotOf } = this.room;
    this.room.mustBeOpen();
    const shard = keys.shardOfStation(stationId);
    const json = await link.command(slotOf(shard), 'hget', [keys.stations(shard), stationId]);
    return json === null ? undefined : (json as string);
  }

  async #page(run: Run, size: number): Promise<Buffer[]> {
    const { keys, link, slotOf } = this.room;
    const args = [keys.stationIds(run.shard), run.from, run.to, 'LIMIT', 0, size];
    const page = (await link.command(slotOf(run.shard), 'zrangebylex', args, 'bytes')) as Buffer[];
    run.done = page.length < size;
    run.last = page.at(-1) ?? run.last;
    if (run.last !== undefined) run.from = Buffer.concat([OPEN, run.last]);
    return page;
  }

  async #records(ids: readonly string[]): Promise<StationRecord[]> {
    const { keys, link, slotOf } = this.room;
    const byShard = new Map<number, string[]>();
    for (const id of ids) {
      const shard = keys.shardOfStation(id);
      const group = byShard.get(shard);
      if (group === undefined) byShard.set(shard, [id]);
      else group.push(id);
    }
    const found = new Map<string, StationRecord>();
    await Promise.all(
      Array.from(byShard, async ([shard, group]) => {
        const values = (await link.command(slotOf(shard), 'hmget', [keys.stations(shard), ...group])) as (
          string | null
        )[];
        group.forEach((id, at) => {
          const json = values[at];
          if (typeof json === 'string') found.set(id, decodeRecord(id, json));
        });
      }),
    );
    // One that was removed meanwhile is left out.
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  #keysOf(shard: number): string[] {
    const { keys } = this.room;
    return [keys.stations(shard), keys.stationIds(shard)];
  }
}

/** Of ids past `after` that begin with `prefix`. No UTF-8 text holds the byte 0xFF: all of them stand before it. */
function rangeOf(after: string | undefined, prefix: string): Range {
  const first = Buffer.from(prefix);
  const to = prefix === '' ? '+' : Buffer.concat([OPEN, first, Buffer.of(0xff)]);
  if (after !== undefined && Buffer.compare(Buffer.from(after), first) >= 0) {
    return { from: Buffer.concat([OPEN, Buffer.from(after)]), to };
  }
  return { from: prefix === '' ? '-' : Buffer.concat([CLOSED, first]), to };
}
