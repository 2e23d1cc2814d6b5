import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashPassword, type StationRecord } from '../../../libs/store/mod.js';
import { authenticate, openVerdict, type Claim, type Verdict } from './authentication.js';

/** Security profile 3 (A00.FR.404, A00.FR.405). */

const PASSWORD = 'correct-horse-battery';
const certificate = { commonName: 'SN-1', organization: 'A CPO' };
const credentials = [hashPassword(Buffer.from(PASSWORD))];
const authorization = `Basic ${Buffer.from(`CP1:${PASSWORD}`).toString('base64')}`;

const claim = (more: Partial<Claim> = {}): Claim => ({
  stationId: 'CP1',
  encodedId: 'CP1',
  authorization: '',
  secure: true,
  certificate,
  cpoName: undefined,
  quirks: new Set(),
  ...more,
});

const record = (more: Partial<StationRecord> = {}): StationRecord => ({
  stationId: 'CP1',
  credentials,
  serialNumber: 'SN-1',
  ...more,
});

/** The profile, or why not. */
const said = (verdict: Verdict) => (verdict.ok ? verdict.securityProfile : verdict.problem);

describe('a client certificate', () => {
  test('whose CN is the serial number of the station opens, without a password', () => {
    const verdict = authenticate(claim(), record({ minimumSecurityProfile: 3 }));
    assert.ok(verdict.ok);
    assert.deepEqual([verdict.securityProfile, verdict.certificateCn], [3, 'SN-1']);
    assert.equal(verdict.credential, undefined);
  });

  test('of another station opens nothing, also not with the password', () => {
    for (const serialNumber of ['SN-2', 'sn-1', 'CP1']) {
      assert.equal(
        said(authenticate(claim({ authorization }), record({ serialNumber }))),
        'wrong_certificate',
      );
    }
  });

  test('is not bound by its first use: without a serial number in the directory the password decides', () => {
    const unbound: StationRecord = { stationId: 'CP1', credentials };
    assert.equal(said(authenticate(claim({ authorization }), unbound)), 2);
    assert.equal(said(authenticate(claim(), unbound)), 'unauthorized');
    const strict = { ...unbound, minimumSecurityProfile: 3 };
    assert.equal(said(authenticate(claim({ authorization }), strict)), 'no_serial_number');
  });

  test("must have the operator's name as O, when it is told", () => {
    const judged = (organization: string | undefined) =>
      said(
        authenticate(
          claim({ cpoName: 'A CPO', certificate: { commonName: 'SN-1', organization } }),
          record(),
        ),
      );
    assert.equal(judged('A CPO'), 3);
    for (const other of ['B CPO', 'a cpo', 'A CPO ', undefined])
      assert.equal(judged(other), 'foreign_certificate');
  });

  test('in open mode it only says which profile the station uses', () => {
    const verdict = openVerdict(claim());
    assert.ok(verdict.ok);
    assert.deepEqual([verdict.securityProfile, verdict.certificateCn], [3, 'SN-1']);
  });
});

describe('a station with a serial number that shows no certificate', () => {
  const without = { certificate: undefined };

  test('comes in with its password, with profile 2', () => {
    assert.equal(said(authenticate(claim({ ...without, authorization }), record())), 2);
    assert.equal(said(authenticate(claim(without), record())), 'unauthorized');
  });

  test('does not where profile 3 is wanted', () => {
    const strict = record({ minimumSecurityProfile: 3 });
    assert.equal(said(authenticate(claim({ ...without, authorization }), strict)), 'profile_too_low');
  });

  test('does not come in at all where it has no password: its door is not an open one', () => {
    assert.equal(said(authenticate(claim(without), record({ credentials: [] }))), 'profile_too_low');
    assert.equal(said(authenticate(claim(), record({ credentials: [] }))), 3);
  });
});
