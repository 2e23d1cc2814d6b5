import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNetwork, Networks, plainAddress } from './networks.js';

test('addresses and networks of both families; nothing is in an empty set', () => {
  const networks = new Networks(['192.0.2.7', '10.1.0.0/16', 'fd00::/8', '2001:db8::1']);
  for (const inside of ['192.0.2.7', '10.1.255.1', 'fd12::9', '2001:db8::1', '2001:0db8:0:0:0:0:0:1']) {
    assert.equal(networks.has(inside), true, inside);
  }
  for (const outside of ['192.0.2.8', '10.2.0.1', 'fe80::1', '2001:db8::2', '', 'unix', '10.1.0.1:80']) {
    assert.equal(networks.has(outside), false, outside);
  }
  assert.equal(new Networks([]).has('127.0.0.1'), false);
});

test('IPv4 within IPv6 is IPv4, as a socket that serves both gives it', () => {
  for (const text of [
    '::ffff:10.1.2.3',
    '::ffff:0a01:0203',
    '0000:0000:0000:0000:0000:ffff:0a01:0203',
    '0:0:0:0:0:FFFF:a01:203',
  ]) {
    assert.equal(plainAddress(text), '10.1.2.3', text);
    assert.equal(new Networks(['10.1.0.0/16']).has(text), true, text);
  }
  for (const text of ['::1', '2001:db8::ffff:a01:203', '10.1.2.3', 'nonsense', '']) {
    assert.equal(plainAddress(text), text);
  }
});

test('what is no network is refused, and so are all addresses at once', () => {
  for (const text of ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '10.0.0.1/32', '::1/128']) {
    assert.equal(isNetwork(text), true, text);
  }
  for (const text of [
    '',
    'proxy',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/',
    'fd00::/129',
    '0.0.0.0/0',
    '::/0',
    '/8',
  ]) {
    assert.equal(isNetwork(text), false, text);
  }
  assert.throws(() => new Networks(['proxy']), /'proxy' is neither an IP address nor a network/);
});
