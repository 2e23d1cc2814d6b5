import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import type { Store } from '../store.js';
import { CommitEncoder } from './commit-encoding.js';
import { CommitQueue } from './commit-queue.js';
import './fast-strings.js';
import { RedisDirectory } from './directory.js';
import { Keys } from './keys.js';
import { redisLeases } from './leases.js';
import { Link } from './link.js';
import { Replicas } from './replicas.js';
import type { Room } from './room.js';
import { redisRunning } from './running.js';
import { slotOf } from './slot.js';
import { RedisStates } from './states.js';
import { parseRedisUrl } from './url.js';
import { redisWorkers } from './workers.js';

export interface RedisStoreOptions {
  /** As `parseRedisUrl` reads it. */
  readonly url: string;
  /** Fixed when the store is created. */
  readonly shards: number;
  /** Times waiting for connections, and closing; the system's unless told. Leases go by Redis' clock. */
  readonly clock?: Clock;
  /**
   * Replicas that must have acknowledged a commit before it is held to be durable; 0 unless told. With 0, what the master
   * has acknowledged in its last moments is lost when a replica takes its place. With n, it is in the memory of n replicas
   * and survives the loss of the master, provided that one of those becomes the new one; a master that is cut off from its
   * replicas acknowledges nothing. Fewer acknowledgements: the commit fails with `unavailable` and is to be written again;
   * further ones fail at once, until the replicas are there. Of a cluster that is so for each node by itself. Grants of leases
   * wait in the same way, renewals do not. A power failure of all of them at once is survived only with `appendfsync always`.
   */
  readonly replicas?: number;
  /** What all keys begin with; `csms` unless told. */
  readonly keyPrefix?: string;
  /** A command that is not answered within so many milliseconds fails, and its connection is given up; 2,000 unless told. */
  readonly commandTimeoutMs?: number;
  /** How long opening waits for connections; 5,000 unless told. Of a cluster, some nodes may still be away then. */
  readonly openTimeoutMs?: number;
  /** Name of the connections in Redis' CLIENT LIST; `stationmaster` unless told. */
  readonly name?: string;
  /** Told once of each trouble with the connections, which come back by themselves. For the log. */
  readonly onError?: (error: unknown) => void;
}

/** The most that the other stores take. */
const MAX_SHARDS = 0xffff;
const FORMAT = 1;
const COMMAND_TIMEOUT_MS = 2_000;
/** Part of a command's time that replicas have. Two waits, for a commit and for grants, may hold up what comes behind them. */
const REPLICAS_SHARE = 1 / 3;
const OPEN_TIMEOUT_MS = 5_000;
const PROBE_LIFE_MS = 60_000;

/** See `openRedisStore`. */
export async function openStore(options: RedisStoreOptions): Promise<Store> {
  const { shards, clock = systemClock(), replicas = 0, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
  checkNumbers(shards, replicas);
  const target = parseRedisUrl(options.url);
  const keys = new Keys(options.keyPrefix ?? 'csms', shards);
  const link = new Link({
    target,
    clock,
    commandTimeoutMs,
    name: options.name ?? 'stationmaster',
    onError: options.onError ?? (() => undefined),
  });
  const slots = Array.from({ length: shards }, (_, shard) => slotOf(keys.lease(shard)));
  try {
    await link.connected([slotOf(keys.meta), ...slots], options.openTimeoutMs ?? OPEN_TIMEOUT_MS);
    await checkEviction(link, keys);
    await checkMeta(link, keys);
  } catch (error) {
    await link.close(0);
    throw error;
  }
  return storeOf(link, keys, { slots, clock, replicas, commandTimeoutMs });
}

interface Settings {
  readonly slots: readonly number[];
  readonly clock: Clock;
  readonly replicas: number;
  readonly commandTimeoutMs: number;
}

function storeOf(link: Link, keys: Keys, settings: Settings): Store {
  const { slots, clock, commandTimeoutMs } = settings;
  let closing: Promise<void> | undefined;
  const replicas = new Replicas({
    link,
    clock,
    count: settings.replicas,
    timeoutMs: Math.max(1, Math.floor(commandTimeoutMs * REPLICAS_SHARE)),
  });
  const room: Room = {
    keys,
    link,
    replicas,
    slotOf: (shard) => slots[shard] ?? 0,
    mustBeOpen: () => {
      if (closing !== undefined) throw new StoreError('unavailable', 'the store is closed');
    },
  };
  const queue = new CommitQueue({
    link,
    encoder: new CommitEncoder(keys),
    slotOf: room.slotOf,
    replicas,
  });
  return {
    shards: keys.shards,
    leases: redisLeases(room),
    states: new RedisStates(room, queue),
    directory: new RedisDirectory(room),
    workers: redisWorkers(room),
    running: redisRunning(room),
    check: () => check(room),
    close: () => (closing ??= close(room, queue, clock, commandTimeoutMs)),
  };
}

/** Finishes what was begun, in the time of two commands. */
async function close(
  { link, replicas }: Room,
  queue: CommitQueue,
  clock: Clock,
  commandTimeoutMs: number,
): Promise<void> {
  const overdue = clock.setTimer(commandTimeoutMs, () => queue.abandon());
  await queue.finished();
  overdue.cancel();
  replicas.close();
  await link.close(commandTimeoutMs);
}

/** Writes something to every node, so that one that takes no writes is found out before it matters. */
async function check({ keys, link, slotOf: slotOfShard, mustBeOpen }: Room): Promise<void> {
  mustBeOpen();
  const nodes = new Map<Redis, number>();
  for (let shard = 0; shard < keys.shards; shard++) nodes.set(link.node(slotOfShard(shard)), shard);
  await Promise.all(
    Array.from(nodes.values(), (shard) =>
      link.command(slotOfShard(shard), 'set', [keys.probe(shard), 'written', 'PX', PROBE_LIFE_MS]),
    ),
  );
}

function checkNumbers(shards: number, replicas: number): void {
  if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS) {
    throw new StoreError('bad_argument', `${shards} shards: choose an integer from 1 to ${MAX_SHARDS}`);
  }
  if (!Number.isInteger(replicas) || replicas < 0) {
    throw new StoreError('bad_argument', `${replicas} replicas: choose an integer from 0 on`);
  }
}

/** A Redis that may drop keys to make room would lose the state of stations without a word. */
async function checkEviction(link: Link, keys: Keys): Promise<void> {
  const info = String(await link.command(slotOf(keys.meta), 'info', ['memory']));
  const value = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const policy = value('maxmemory_policy');
  if (Number(value('maxmemory')) === 0 || !policy.startsWith('allkeys-')) return;
  const text = `Redis at ${link.server} would drop the state of stations when its memory is full (maxmemory-policy ${policy}): set it to noeviction`;
  throw new StoreError('mismatch', text);
}

/** Writes down the settings of a new store, and holds them against those of one that was there. */
async function checkMeta(link: Link, keys: Keys): Promise<void> {
  const slot = slotOf(keys.meta);
  const wanted = JSON.stringify({ format: FORMAT, shards: keys.shards });
  await link.command(slot, 'set', [keys.meta, wanted, 'NX']);
  const { format, shards } = metaOf(String(await link.command(slot, 'get', [keys.meta])), keys.meta);
  const advice = 'start with the version and settings that wrote it, or with an empty Redis';
  if (format !== FORMAT) {
    const text = `the store in Redis at ${link.server} has format ${format}, this version reads ${FORMAT}: ${advice}`;
    throw new StoreError('mismatch', text);
  }
  if (shards !== keys.shards) {
    const text = `the store in Redis at ${link.server} has ${shards} shards and cannot be used with ${keys.shards}: ${advice}`;
    throw new StoreError('mismatch', text);
  }
}

function metaOf(json: string, key: string): { format: number; shards: number } {
  try {
    const { format, shards } = JSON.parse(json) as { format: unknown; shards: unknown };
    if (typeof format === 'number' && typeof shards === 'number') return { format, shards };
  } catch {
    // Said below.
  }
  throw new StoreError('damaged', `the key ${key} in Redis is unreadable: restore a backup`);
}
