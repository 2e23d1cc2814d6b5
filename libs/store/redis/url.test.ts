import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRedisUrl, StoreError } from '../mod.js';

describe('the URL of a Redis', () => {
  test('a single server', () => {
    const plain = { kind: 'single', tls: false, db: 0 };
    assert.deepEqual(parseRedisUrl('redis://redis.example'), {
      ...plain,
      addresses: [{ host: 'redis.example', port: 6379 }],
      text: 'redis://redis.example',
    });
    assert.deepEqual(parseRedisUrl('rediss://user:p%40ss@10.0.0.1:7000/3'), {
      ...plain,
      tls: true,
      addresses: [{ host: '10.0.0.1', port: 7000 }],
      username: 'user',
      password: 'p@ss',
      db: 3,
      text: 'rediss://10.0.0.1:7000/3',
    });
    assert.deepEqual(parseRedisUrl('redis://:secret:er@[::1]:7000/'), {
      ...plain,
      addresses: [{ host: '::1', port: 7000 }],
      password: 'secret:er',
      text: 'redis://[::1]:7000',
    });
  });

  test('sentinels', () => {
    assert.deepEqual(
      parseRedisUrl('redis+sentinel://u:p@a,b:7/my%20main?sentinelUsername=s&sentinelPassword=q%26'),
      {
        kind: 'sentinel',
        tls: false,
        addresses: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 7 },
        ],
        username: 'u',
        password: 'p',
        master: 'my main',
        sentinelUsername: 's',
        sentinelPassword: 'q&',
        db: 0,
        text: 'redis+sentinel://a,b:7/my%20main',
      },
    );
  });

  test('a cluster', () => {
    assert.deepEqual(parseRedisUrl('rediss+cluster://a:1,b:2,c'), {
      kind: 'cluster',
      tls: true,
      addresses: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
        { host: 'c', port: 6379 },
      ],
      db: 0,
      text: 'rediss+cluster://a:1,b:2,c',
    });
  });

  const wrong: [url: string, what: RegExp][] = [
    ['', /not of a form that is known/],
    ['http://a', /not of a form that is known/],
    ['redis:/a', /not of a form that is known/],
    ['redis+other://a', /not of a form that is known/],
    ['redis://', /a host is missing/],
    ['redis://a:1,b:2', /a single server has one address/],
    ['redis://a:0', /there is no port 0/],
    ['redis://a:65536', /there is no port 65536/],
    ['redis://a:x', /"a:x" is no host and port/],
    ['redis://::1', /"::1" is no host and port/],
    ['redis://a b', /"a b" is no host and port/],
    ['redis://a/x', /must be the number of a database/],
    ['redis://a/1?x=1', /takes no query/],
    ['redis://secret@a', /before the @ there must be user:password/],
    ['redis://user:@a', /the password before the @ is empty/],
    ['redis://user:se/cret@a', /write \/ and @ in a user or password as %2F and %40/],
    ['redis://user:se@cret@a', /write \/ and @ in a user or password as %2F and %40/],
    ['redis://user:%zzsecret@a', /the password has a %/],
    ['redis+cluster://a,,b', /a host is missing/],
    ['redis+cluster://a/2', /has no databases/],
    ['redis+sentinel://a', /there must be \/ and the name of the master/],
    ['redis+sentinel://a/', /there must be \/ and the name of the master/],
    ['redis+sentinel://a/m?password=secret', /its query may hold/],
  ];

  for (const [url, what] of wrong) {
    test(`refuses "${url}"`, () => {
      assert.throws(
        () => parseRedisUrl(url),
        (error: unknown) => {
          assert.ok(error instanceof StoreError && error.code === 'bad_argument');
          assert.match(error.message, what);
          assert.match(error.message, /write it as redis:\/\/host:6379/);
          assert.ok(!error.message.includes('secret') && !error.message.includes('cret'), error.message);
          return true;
        },
      );
    });
  }
});
