import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { systemClock } from '../../clock/mod.js';
import { type RedisServer, TcpProxy } from '../../servers/mod.js';
import { Link, type LinkOptions } from './link.js';
import { startRedis, until } from './redis.fixture.js';
import { parseRedisUrl } from './url.js';

describe('the link to a Redis', () => {
  let server: RedisServer;
  let stop: () => Promise<void>;
  let proxy: TcpProxy;
  let link: Link;
  let errors: string[];

  before(async () => {
    ({ server, stop } = await startRedis());
  });
  after(() => stop());
  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port);
    errors = [];
  });
  afterEach(async () => {
    await link.close(0);
    await proxy.close();
  });

  async function open(options: Partial<LinkOptions> = {}): Promise<void> {
    link = new Link({
      target: parseRedisUrl(`redis://127.0.0.1:${proxy.port}`),
      clock: systemClock(),
      name: 'test',
      commandTimeoutMs: 150,
      onError: (error) => errors.push(String(error)),
      ...options,
    });
    await link.connected([0], 2_000);
  }

  test('refuses commands past its limit at once, and takes them again when some are answered', async () => {
    const limit = 20;
    await open({ maxPending: limit });
    const release = proxy.stall({ direction: 'down' });
    const texts = Array.from({ length: limit }, (_, n) => String(n));
    const pending = texts.map((text) => link.command(0, 'echo', [text]));
    const past = link.command(0, 'echo', ['past']);
    await assert.rejects(past, { code: 'unavailable', message: /does not keep up: 20 commands wait/ });
    release();
    assert.deepEqual(await Promise.all(pending), texts);
    assert.equal(await link.command(0, 'echo', ['again']), 'again');
  });

  test('an era ends when the outcome of a command remains unknown, not when Redis refuses one', async () => {
    await open();
    const { era, instance } = link;
    await assert.rejects(link.command(0, 'no-such-command', []), {
      code: 'unavailable',
      message: /refuses a command/,
    });
    assert.equal(link.era, era);
    proxy.stall();
    await assert.rejects(link.command(0, 'echo', ['x']), { message: /did not answer within 150 ms/ });
    assert.ok(link.era > era);
    assert.equal(link.instance, instance);
    assert.equal(link.writer, `${instance}:${link.era}`);
  });

  test('commands of one turn are answered each with its own answer', async () => {
    await open();
    const texts = Array.from({ length: 500 }, (_, n) => `${n}`);
    assert.deepEqual(await Promise.all(texts.map((text) => link.command(0, 'echo', [text]))), texts);
  });

  test('tells of the same trouble once, and of the next one again', async () => {
    await open({ target: parseRedisUrl(server.url) });
    for (let outage = 1; outage <= 2; outage++) {
      errors = [];
      await server.kill9();
      await until(() => errors.some((error) => error.includes('ECONNREFUSED')));
      await assert.rejects(link.command(0, 'echo', ['x']), { code: 'unavailable' });
      await server.start();
      await link.connected([0], 5_000);
      assert.match(errors[0] ?? '', /cannot be reached \(the connection was closed\): see that it runs/);
      assert.equal(new Set(errors).size, errors.length);
    }
  });
});
