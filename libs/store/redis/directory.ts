import { checkKey } from '../check.js';
import type { Directory, StationRecord } from '../directory.js';
import { StoreError } from '../errors.js';
import type { Room } from './room.js';
import { PUT_STATION, REMOVE_STATION } from './scripts.js';

/** Records of one answer. */
const MAX_LIST = 10_000;
/** Shards that are asked at a time. */
const SHARDS_AT_A_TIME = 512;
const MIN_PAGE = 8;

/** The ids of a shard's stations, as far as they have been read. */
interface Run {
  readonly shard: number;
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
    const { keys, link, slotOf } = this.room;
    this.room.mustBeOpen();
    const shard = keys.shardOfStation(stationId);
    const json = await link.command(slotOf(shard), 'hget', [keys.stations(shard), stationId]);
    return json === null ? undefined : decode(stationId, json as string);
  }

  async put(record: StationRecord): Promise<void> {
    const { keys, link, slotOf } = this.room;
    this.room.mustBeOpen();
    checkKey(record.stationId);
    const shard = keys.shardOfStation(record.stationId);
    const args = [record.stationId, JSON.stringify(record)];
    await link.script(PUT_STATION, slotOf(shard), this.#keysOf(shard), args);
  }

  async remove(stationId: string): Promise<boolean> {
    const { keys, link, slotOf } = this.room;
    this.room.mustBeOpen();
    const shard = keys.shardOfStation(stationId);
    return (await link.script(REMOVE_STATION, slotOf(shard), this.#keysOf(shard), [stationId])) === 1;
  }

  /** At most 10,000 records at a time. */
  async list(options: { after?: string; limit: number }): Promise<StationRecord[]> {
    this.room.mustBeOpen();
    const limit = Math.min(options.limit, MAX_LIST);
    if (!(limit > 0)) return [];
    const after = options.after === undefined ? undefined : Buffer.from(options.after);
    const records = await this.#records(await this.#idsAfter(after, limit));
    return records;
  }

  /** The first `limit` ids of all shards past `after`, in order. */
  async #idsAfter(after: Buffer | undefined, limit: number): Promise<string[]> {
    const { shards } = this.room.keys;
    const size = Math.max(MIN_PAGE, Math.ceil((2 * limit) / shards));
    const runs = Array.from({ length: shards }, (_, shard): Run => ({ shard, last: after, done: false }));
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

  async #page(run: Run, size: number): Promise<Buffer[]> {
    const { keys, link, slotOf } = this.room;
    const from = run.last === undefined ? '-' : Buffer.concat([Buffer.from('('), run.last]);
    const args = [keys.stationIds(run.shard), from, '+', 'LIMIT', 0, size];
    const page = (await link.command(slotOf(run.shard), 'zrangebylex', args, 'bytes')) as Buffer[];
    run.done = page.length < size;
    run.last = page.at(-1) ?? run.last;
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
          if (typeof json === 'string') found.set(id, decode(id, json));
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

function decode(stationId: string, json: string): StationRecord {
  try {
    return JSON.parse(json) as StationRecord;
  } catch (error) {
    const text = `directory record of station ${stationId} is unreadable: provision the station again`;
    throw new StoreError('damaged', text, { cause: error });
  }
}
