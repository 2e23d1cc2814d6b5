import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MissingProgram, NatsServer, programPath, RedisServer } from './mod.js';
import { ask } from './ports.js';

describe('servers of this machine', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('nats-server serves, ends, and serves again on its port', async () => {
    const nats = await NatsServer.start({ folder });
    try {
      await nats.kill9();
      assert.equal(await ask(nats.port, ''), undefined);
      await nats.start();
      assert.match((await ask(nats.port, '')) ?? '', /^INFO /);
    } finally {
      await nats.kill9();
    }
  });

  test('redis-server keeps what it was told over a kill', async () => {
    const redis = await RedisServer.start({ folder: path.join(folder, 'redis') });
    try {
      assert.equal(await ask(redis.port, 'SET k v\r\n'), '+OK\r\n');
      await redis.kill9();
      await redis.start();
      assert.equal(await ask(redis.port, 'GET k\r\n'), '$1\r\nv\r\n');
    } finally {
      await redis.kill9();
    }
  });

  test('a program that is not there: says what to install', () => {
    assert.throws(
      () => programPath('no-such-server'),
      (error: unknown) =>
        error instanceof MissingProgram && /apt-get install no-such-server/.test(error.message),
    );
  });
});
