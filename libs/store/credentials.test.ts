import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashPassword, verifyPassword } from './mod.js';

describe('credentials', () => {
  const password = Buffer.from([0, 255, 58, 1, 2, 3, 200, 128]);

  test('a password is verified as raw bytes', () => {
    const credential = hashPassword(password);
    assert.equal(verifyPassword(password, credential), true);
    assert.equal(verifyPassword(password.subarray(1), credential), false);
    assert.equal(verifyPassword(Buffer.from(password.toString('hex')), credential), false);
    assert.equal(verifyPassword(new Uint8Array(0), credential), false);
  });

  test('the same password gets another salt and hash each time, and never shows', () => {
    const [a, b] = [hashPassword(password), hashPassword(password)];
    assert.notEqual(a.salt, b.salt);
    assert.notEqual(a.hash, b.hash);
    assert.ok(!JSON.stringify(a).includes(password.toString('base64').slice(0, 6)));
  });

  test('a credential with a broken hash opens nothing', () => {
    const credential = hashPassword(password);
    for (const hash of ['', 'AAAA', `AAAA${credential.hash}`, '***']) {
      assert.equal(verifyPassword(password, { ...credential, hash }), false);
    }
  });

  test('is HMAC-SHA-256 keyed by the salt', () => {
    const credential = {
      algorithm: 'hmac-sha256',
      salt: Buffer.from('key').toString('base64'),
      hash: Buffer.from('f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8', 'hex').toString(
        'base64',
      ),
    } as const;
    assert.equal(
      verifyPassword(Buffer.from('The quick brown fox jumps over the lazy dog'), credential),
      true,
    );
  });
});
