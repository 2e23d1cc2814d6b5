import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Networks } from '../networks.js';
import { proxyHeadersOf } from '../socket/proxy-headers.js';
import { readArrival, type Arrival } from './arrival.js';

const PROXY = '10.0.0.1';
const proxies = new Networks([PROXY, '10.9.0.0/16', 'fd00::/8']);
const VERIFIED = [
  ['x-client-verify', 'SUCCESS'],
  ['x-client-cn', 'SN-1'],
  ['x-client-o', 'Müller Strom'],
  ['x-forwarded-proto', 'https'],
] as const;

function arrive(
  headers: readonly (readonly [string, string])[],
  { remoteAddress = PROXY, secure = false } = {},
): Arrival {
  const request = { method: 'GET', path: '/', protocols: '', webSocketVersion: '13', authorization: '' };
  return readArrival({ ...request, remoteAddress, secure, proxyHeaders: proxyHeadersOf(headers) }, proxies);
}

/** The verified headers with some changed; undefined takes one away. */
const verifiedBut = (changes: Readonly<Record<string, string | undefined>>): (readonly [string, string])[] =>
  VERIFIED.flatMap(([name, value]) => {
    const changed = name in changes ? changes[name] : value;
    return changed === undefined ? [] : [[name, changed] as const];
  });

describe('headers of a proxy', () => {
  test('of a trusted one they are the certificate, its address and TLS', () => {
    const arrival = arrive([['host', 'x'], ['x-other', '1'], ...VERIFIED, ['x-forwarded-for', '192.0.2.9']]);
    assert.deepEqual(arrival, {
      remoteAddress: '192.0.2.9',
      secure: true,
      certificate: { commonName: 'SN-1', organization: 'Müller Strom' },
      ignoredHeaders: false,
      problem: undefined,
    });
  });

  test('of others they say nothing, and are counted', () => {
    const arrival = arrive([...VERIFIED, ['x-forwarded-for', '192.0.2.9']], {
      remoteAddress: '::ffff:10.0.0.2',
    });
    assert.deepEqual(arrival, {
      remoteAddress: '10.0.0.2',
      secure: false,
      certificate: undefined,
      ignoredHeaders: true,
      problem: undefined,
    });
    assert.equal(arrive([['x-other', '1']], { remoteAddress: '10.0.0.2' }).ignoredHeaders, false);
    assert.equal(arrive([], { remoteAddress: '10.0.0.2', secure: true }).secure, true);
  });

  test('behind a trusted proxy, TLS is what it says: its own to the edge is not that of the station', () => {
    assert.equal(arrive([], { secure: true }).secure, false);
    assert.equal(arrive([['x-forwarded-proto', 'http']], { secure: true }).secure, false);
    assert.equal(arrive([['x-forwarded-proto', 'https']]).secure, true);
  });

  test('no certificate: no header, an empty one, or NONE', () => {
    for (const verify of [undefined, '', 'NONE']) {
      const { certificate, problem } = arrive(verifiedBut({ 'x-client-verify': verify }));
      assert.deepEqual([certificate, problem], [undefined, undefined]);
    }
  });

  test('a certificate that failed opens nothing', () => {
    for (const verify of ['FAILED', 'FAILED:certificate has expired', 'success', '0']) {
      const { certificate, problem } = arrive(verifiedBut({ 'x-client-verify': verify }));
      assert.deepEqual([certificate, problem], [undefined, 'certificate_not_verified']);
    }
  });

  test('an organization may be missing; anything else that is missing, or twice, is refused', () => {
    const { certificate } = arrive(verifiedBut({ 'x-client-o': undefined }));
    assert.deepEqual(certificate, { commonName: 'SN-1', organization: undefined });
    for (const headers of [
      verifiedBut({ 'x-client-cn': undefined }),
      verifiedBut({ 'x-client-cn': '' }),
      verifiedBut({ 'x-client-cn': 'x'.repeat(65) }),
      verifiedBut({ 'x-client-cn': 'SN\uFFFD1' }),
      verifiedBut({ 'x-client-o': 'a\u0007' }),
      verifiedBut({ 'x-forwarded-proto': 'http' }),
      ...VERIFIED.map((twice) => [...VERIFIED, twice]),
    ]) {
      const { certificate, problem } = arrive(headers);
      assert.deepEqual([certificate, problem], [undefined, 'bad_proxy_headers'], JSON.stringify(headers));
    }
  });
});

describe('address behind proxies (X-Forwarded-For)', () => {
  for (const [what, values, address] of [
    ['one', ['192.0.2.9'], '192.0.2.9'],
    ['what a station wrote before it is hearsay', ['1.2.3.4, 192.0.2.9'], '192.0.2.9'],
    ['also in a header of its own', ['1.2.3.4', '192.0.2.9'], '192.0.2.9'],
    ['trusted proxies in between are passed over', ['1.2.3.4, 192.0.2.9, 10.9.1.1, fd00::1'], '192.0.2.9'],
    ['with a port', ['192.0.2.9:4711'], '192.0.2.9'],
    ['IPv6', ['2001:db8::5'], '2001:db8::5'],
    ['IPv6 with a port', ['[2001:db8::5]:4711'], '2001:db8::5'],
    ['IPv4 within IPv6', ['::ffff:192.0.2.9'], '192.0.2.9'],
    ['only proxies: the first of them', ['10.9.0.1, 10.9.0.2'], '10.9.0.1'],
    ['nonsense is passed by no further', ['192.0.2.9, unknown, 10.9.0.2'], '10.9.0.2'],
    ['nothing that can be read', ['unknown'], PROXY],
    ['none', [], PROXY],
  ] as const) {
    test(what, () => {
      const headers = values.map((value) => ['x-forwarded-for', value] as const);
      assert.equal(arrive(headers).remoteAddress, address);
    });
  }
});
