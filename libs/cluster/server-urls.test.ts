import assert from 'node:assert/strict';
import { test } from 'node:test';
import { natsUrl, redisUrl } from './server-urls.js';

const NATS: readonly (readonly [string, boolean])[] = [
  ['nats://localhost:4222', true],
  ['nats://localhost', true],
  ['tls://nats.example.com:4222', true],
  ['nats://user:secret@10.0.0.1:4222', true],
  ['nats://token@[::1]:4222', true],
  ['localhost:4222', false],
  ['http://localhost:4222', false],
  ['nats://', false],
  ['nats://:4222', false],
  ['nats://localhost:99999', false],
  ['nats://localhost:4222/stream', false],
  ['nats://local host:4222', false],
  ['', false],
];

for (const [text, good] of NATS) {
  test(`--nats-url: '${text}' is ${good ? 'taken' : 'refused'}`, () => {
    assert.equal(natsUrl.parse(text), good ? text : undefined);
  });
}

const REDIS: readonly (readonly [string, boolean])[] = [
  ['redis://localhost:6379', true],
  ['redis://localhost', true],
  ['redis://localhost:6379/3', true],
  ['rediss://user:secret@redis.example.com:6380', true],
  ['redis://:secret@localhost:6379', true],
  ['redis+sentinel://one:26379,two:26379/main', true],
  ['redis+sentinel://user:secret@one:26379,two/main', true],
  ['rediss+sentinel://one:26379/main', true],
  ['redis+sentinel://one:26379/main?sentinelPassword=secret', true],
  ['redis+cluster://10.0.0.1:7000,10.0.0.2:7000', true],
  ['rediss+cluster://user:secret@one:7000', true],
  ['localhost:6379', false],
  ['http://localhost:6379', false],
  ['redis://', false],
  ['redis://localhost:abc', false],
  ['redis://one:6379,two:6379', false],
  ['redis://localhost:6379/stations', false],
  ['redis+sentinel://one:26379', false],
  ['redis+sentinel://one:26379/', false],
  ['redis+cluster://one:7000/1', false],
  ['redis+cluster://one:7000,', false],
  ['redis+tls://one:7000', false],
  ['', false],
];

for (const [text, good] of REDIS) {
  test(`--redis-url: '${text}' is ${good ? 'taken' : 'refused'}`, () => {
    assert.equal(redisUrl.parse(text), good ? text : undefined);
  });
}
