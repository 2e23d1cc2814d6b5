import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PASSWORD_ALPHABET,
  STATION_QUIRKS,
  wrongPassword,
  wrongPasswordBytes,
  wrongPasswordHex,
  wrongSerialNumber,
  wrongStationId,
} from './mod.js';

test('station ids are 1 to 255 bytes of Unicode without colons and control characters', () => {
  for (const id of ['a', 'RDAM 123/ü', '\u{1F50C}', 'x'.repeat(255)])
    assert.equal(wrongStationId(id), undefined);
  for (const id of ['', 'x'.repeat(256), 'ä'.repeat(128), 'a:b', 'a\0', 'a\x7f', '\uD83D', '\uFFFD']) {
    assert.ok(wrongStationId(id), JSON.stringify(id));
  }
});

test('passwords are 16 to 64 characters, or 16 to 20 bytes (1.6J 6.2.2, 2.0.1 with its errata)', () => {
  assert.deepEqual(
    [15, 16, 64, 65].map((length) => wrongPassword('\u{1F50C}'.repeat(length)) === undefined),
    [false, true, true, false],
  );
  assert.deepEqual(
    [15, 16, 20, 21].map((length) => wrongPasswordBytes(new Uint8Array(length)) === undefined),
    [false, true, true, false],
  );
  assert.deepEqual(
    ['00'.repeat(15), '00'.repeat(16), 'Ff'.repeat(20), '00'.repeat(21), '0'.repeat(33), 'gg'.repeat(16)].map(
      (hex) => wrongPasswordHex(hex) === undefined,
    ),
    [false, true, true, false, false, false],
  );
});

test('serial numbers are 1 to 64 characters, as a CN has them', () => {
  for (const serial of ['1', 'SN 0001/ü', 'x'.repeat(64)]) assert.equal(wrongSerialNumber(serial), undefined);
  for (const serial of ['', 'x'.repeat(65), ' SN', 'SN ', 'S\nN', '\uD83D'])
    assert.ok(wrongSerialNumber(serial), JSON.stringify(serial));
});

test('what is said of a wrong password does not repeat it', () => {
  for (const secret of ['too-short-secret'.slice(1), 'x'.repeat(70)]) {
    assert.ok(!(wrongPassword(secret) ?? '').includes(secret));
    assert.ok(!(wrongPasswordHex(secret) ?? '').includes(secret));
  }
});

test('a made password can be made of 62 characters; quirks that cannot be switched are not offered', () => {
  assert.equal(new Set(PASSWORD_ALPHABET).size, 62);
  assert.ok(STATION_QUIRKS.includes('hex_password'));
  assert.ok(!STATION_QUIRKS.includes('no_offset'));
});
