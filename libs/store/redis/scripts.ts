import { createHash } from 'node:crypto';

/** A Lua script that Redis runs as one step. Redis knows it by its SHA-1 once it is loaded. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** `now()`: epoch milliseconds of Redis' clock. `parse(fence)`: epoch, instance and era; nothing for anything else. */
const COMMON = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function parse(fence)
  if not fence then return end
  return string.match(fence, '^(%d+):([^:]+):(%d+)$')
end
local function text(number)
  return string.format('%.0f', number)
end
`;

/**
 * Writes batches of any shards; each whole or not at all. The reply lists what was refused: the number of the batch,
 * counted from 1, and then 1 (fenced) or 2 (overtaken by a newer attempt of the same instance).
 *
 * For each batch KEYS holds the lease, then the wake-ups if the count is negative, then the record of each write; ARGV the
 * fence of the writer and the number of writes, then their values. With a negative count an order stands before each value:
 * empty (write, wake-up as it was), `c` (write, clear the wake-up), a number (write, set the wake-up), or `d` (delete both;
 * no value follows).
 *
 * Records are written by one MSET for many, which costs Redis less than as many SETs. The keys of all records are declared,
 * so that a Redis Cluster that is moving the slot refuses the script before its first write.
 */
export const COMMIT = script(`${COMMON}
local keys, args, call = KEYS, ARGV, redis.call
local sets, size = {}, 0
local function flush()
  if size == 0 then return end
  call('MSET', unpack(sets, 1, size))
  size = 0
end
local function refusal(lease, fence)
  local held = call('HGET', lease, 'fence')
  if held == fence then return end
  local epoch, instance, era = parse(held)
  local myEpoch, myInstance, myEra = parse(fence)
  if not epoch or epoch ~= myEpoch then return 1 end
  if instance == myInstance and tonumber(era) > tonumber(myEra) then return 2 end
  call('HSET', lease, 'fence', fence)
end
local refused = {}
local k, a, batch, count = 1, 1, 0, #args
while a <= count do
  batch = batch + 1
  local lease, fence, writes = keys[k], args[a], tonumber(args[a + 1])
  local why = refusal(lease, fence)
  if why then
    refused[#refused + 1] = batch
    refused[#refused + 1] = why
  end
  k, a = k + 1, a + 2
  if writes >= 0 then
    if not why then
      for i = 0, writes - 1 do
        sets[size + 1], sets[size + 2] = keys[k + i], args[a + i]
        size = size + 2
        if size >= 2000 then flush() end
      end
    end
    k, a = k + writes, a + writes
  else
    local wake, skip = keys[k], #lease - 2
    k = k + 1
    for i = 1, -writes do
      local key, order = keys[k], args[a]
      k, a = k + 1, a + 1
      if order == 'd' then
        if not why then
          flush()
          call('DEL', key)
          call('ZREM', wake, string.sub(key, skip))
        end
      else
        if not why then
          sets[size + 1], sets[size + 2] = key, args[a]
          size = size + 2
          if size >= 2000 then flush() end
          if order == 'c' then
            call('ZREM', wake, string.sub(key, skip))
          elseif order ~= '' then
            call('ZADD', wake, order, string.sub(key, skip))
          end
        end
        a = a + 1
      end
    end
  end
end
flush()
return refused
`);

/**
 * KEYS: lease. ARGV: owner, ttl in ms, instance, era. Replies {1, epoch}, or {0, epoch, holder, ms left}. An acquire
 * that its own instance has overtaken is refused, so that it does not fence the writer that it has become meanwhile.
 */
export const ACQUIRE = script(`${COMMON}
local held = redis.call('HMGET', KEYS[1], 'owner', 'until', 'fence')
local epoch, instance, era = parse(held[3])
local time, ends = now(), tonumber(held[2] or 0)
if held[1] and ends > time then
  local overtaken = instance == ARGV[3] and tonumber(era) > tonumber(ARGV[4])
  if held[1] ~= ARGV[1] or overtaken then
    return {0, epoch or '0', held[1], text(ends - time)}
  end
end
local granted = text(math.max((tonumber(epoch) or 0) + 1, time))
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', text(time + math.ceil(ARGV[2])),
  'fence', granted .. ':' .. ARGV[3] .. ':' .. ARGV[4])
return {1, granted}
`);

const HOLDS = `
local held = redis.call('HMGET', KEYS[1], 'owner', 'until', 'fence')
local time = now()
if held[1] ~= ARGV[1] or tonumber(held[2] or 0) <= time or parse(held[3]) ~= ARGV[2] then return 0 end
`;

/** KEYS: lease. ARGV: owner, epoch, ttl in ms. Replies 1, or 0 when that owner does not hold it under that epoch. */
export const RENEW = script(`${COMMON}${HOLDS}
redis.call('HSET', KEYS[1], 'until', text(time + math.ceil(ARGV[3])))
return 1
`);

/** KEYS: lease. ARGV: owner, epoch. Replies as RENEW. The fence stays. */
export const RELEASE = script(`${COMMON}${HOLDS}
redis.call('HDEL', KEYS[1], 'owner', 'until')
return 1
`);

/**
 * KEYS: a sorted set. ARGV: limit, then perhaps score and member of an entry. Replies members and scores: the first ones,
 * or those that come after that entry, whether or not it is still there.
 */
export const PAGE = script(`
local key, limit = KEYS[1], tonumber(ARGV[1])
local function after(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end
local from = 0
if ARGV[2] then
  from = redis.call('ZCOUNT', key, '-inf', '(' .. ARGV[2])
  local upto = from + redis.call('ZCOUNT', key, ARGV[2], ARGV[2])
  while from < upto do
    local middle = math.floor((from + upto) / 2)
    if after(redis.call('ZRANGE', key, middle, middle)[1], ARGV[3]) then
      upto = middle
    else
      from = middle + 1
    end
  end
end
return redis.call('ZRANGE', key, from, from + limit - 1, 'WITHSCORES')
`);

/** KEYS: stations, station ids. ARGV: station id, record. */
export const PUT_STATION = script(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1
`);

/** KEYS: stations, station ids. ARGV: station id. Replies 1, or 0 when it was not there. */
export const REMOVE_STATION = script(`
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
`);

/**
 * KEYS: stations, station ids. ARGV: station id, the record that must be there, the record to be; empty: none. Replies 1, or 0
 * when another one is there.
 */
export const REPLACE_STATION = script(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('ZADD', KEYS[2], 0, ARGV[1])
end
return 1
`);

/** KEYS: workers. ARGV: worker, ttl in ms. Forgets those whose time has passed. */
export const BEAT = script(`${COMMON}
local time = now()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time)
redis.call('ZADD', KEYS[1], text(time + math.ceil(ARGV[2])), ARGV[1])
return 1
`);

/** KEYS: workers. Replies the names of those whose time has not passed. */
export const LIVE = script(`${COMMON}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. text(now()), '+inf')
`);

/**
 * KEYS: times and hashes of running stations. ARGV: entry, its hashes (empty: there are none), time to live in ms, most entries.
 * Forgets the entries whose time has passed, and the oldest of too many.
 */
export const PUT_RUNNING = script(`${COMMON}
local times, hashes, name = KEYS[1], KEYS[2], ARGV[1]
local function forget(names)
  for _, each in ipairs(names) do
    redis.call('ZREM', times, each)
    redis.call('HDEL', hashes, each)
  end
end
if ARGV[2] == '' then
  forget({name})
else
  redis.call('HSET', hashes, name, ARGV[2])
  redis.call('ZADD', times, text(now()), name)
end
forget(redis.call('ZRANGEBYSCORE', times, '-inf', text(now() - ARGV[3])))
forget(redis.call('ZRANGE', times, 0, -1 - ARGV[4]))
return 1
`);

/**
 * KEYS: as PUT_RUNNING. ARGV: time to live in ms, most bytes of hashes. Replies name, age in ms and hashes of each entry that
 * stands, the newest first.
 */
export const ALL_RUNNING = script(`${COMMON}
local time, room, found = now(), tonumber(ARGV[2]), {}
local names = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. text(time - ARGV[1]), 'WITHSCORES')
for at = 1, #names, 2 do
  room = room - redis.call('HSTRLEN', KEYS[2], names[at])
  if room >= 0 then
    found[#found + 1] = names[at]
    found[#found + 1] = text(math.max(0, time - names[at + 1]))
    found[#found + 1] = redis.call('HGET', KEYS[2], names[at]) or ''
  end
end
return found
`);

export const SCRIPTS: readonly Script[] = [
  ...[COMMIT, ACQUIRE, RENEW, RELEASE],
  ...[PAGE, PUT_STATION, REMOVE_STATION, REPLACE_STATION, BEAT, LIVE, PUT_RUNNING, ALL_RUNNING],
];
