import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { natsAddress } from './address.js';
import { NatsConnectError } from './connect-error.js';

describe('URLs of NATS servers', () => {
  const good: [urls: string[], address: object][] = [
    [['nats://a:4223'], { servers: ['a:4223'], tls: false }],
    [['nats://a'], { servers: ['a:4222'], tls: false }],
    [['nats://a/', 'nats://b:80'], { servers: ['a:4222', 'b:80'], tls: false }],
    [['tls://10.0.0.1:443'], { servers: ['10.0.0.1:443'], tls: true }],
    [['nats://[::1]:4222'], { servers: ['[::1]:4222'], tls: false }],
    [['nats://u:p@a'], { servers: ['a:4222'], tls: false, user: 'u', password: 'p' }],
    [['nats://u:12@a'], { servers: ['a:4222'], tls: false, user: 'u', password: '12' }],
    [['nats://u%40x:p%2F%3A%25@a'], { servers: ['a:4222'], tls: false, user: 'u@x', password: 'p/:%' }],
    [['nats://s3cret@a'], { servers: ['a:4222'], tls: false, token: 's3cret' }],
    [['nats://a', 'nats://u:p@b'], { servers: ['a:4222', 'b:4222'], tls: false, user: 'u', password: 'p' }],
    [
      ['nats://u:p@a', 'nats://u:p@b'],
      { servers: ['a:4222', 'b:4222'], tls: false, user: 'u', password: 'p' },
    ],
  ];
  for (const [urls, address] of good) {
    test(`reads ${urls.join(', ')}`, () => assert.deepEqual(natsAddress(urls), address));
  }

  const bad: [urls: string[], says: RegExp][] = [
    [[], /name at least one/],
    [['localhost:4222'], /"localhost:4222" is no URL of a NATS server: write nats:/],
    [['http://a'], /no URL/],
    [['nats://'], /no URL/],
    [['nats://a/path'], /no URL/],
    [['nats://a:port'], /no URL/],
    [['nats://a', 'tls://b'], /same for all servers/],
    [['nats://u:p@a', 'nats://u:q@b'], /different credentials/],
    [['nats://u:p%zz@a'], /"%" that begins no escape/],
  ];
  for (const [urls, says] of bad) {
    test(`refuses ${urls.join(', ') || 'none'}`, () => {
      assert.throws(
        () => natsAddress(urls),
        (error) =>
          error instanceof NatsConnectError && error.reason === 'bad_option' && says.test(error.message),
      );
    });
  }

  test('an error shows no password', () => {
    for (const url of [
      'nats://user:s3cr3t@',
      'nats:user:s3cr3t@host',
      'user:s3cr3t@host:4222',
      'nats://u:s3cr3t@a/x@y',
    ]) {
      assert.throws(
        () => natsAddress([url]),
        (error: Error) => !error.message.includes('s3cr3t'),
      );
    }
  });
});
