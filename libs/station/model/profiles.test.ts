import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChargingProfile, Schedule } from './profile.js';
import { ChargingProfiles } from './profiles.js';

const NOW = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;
const RUNNING = { transactionId: 't', startedAt: NOW };

function profile(
  limits: readonly (readonly [startPeriod: number, limit: number])[],
  facts: Partial<ChargingProfile> = {},
  schedule: Partial<Schedule> = {},
): ChargingProfile {
  return {
    id: 1,
    evseId: 1,
    stackLevel: 0,
    purpose: 'TxDefaultProfile',
    kind: 'Absolute',
    recurrency: undefined,
    validFrom: undefined,
    validTo: undefined,
    transactionId: undefined,
    schedule: {
      unit: 'W',
      start: NOW,
      duration: undefined,
      periods: limits.map(([startPeriod, limit]) => ({ startPeriod, limit, phases: undefined })),
      ...schedule,
    },
    original: {},
    ...facts,
  };
}

function profiles(...entries: ChargingProfile[]): ChargingProfiles {
  const result = new ChargingProfiles();
  for (const entry of entries) assert.equal(result.set(entry), true);
  return result;
}

test('without profiles there is no limit', () => {
  assert.equal(profiles().limitAt(1, NOW, undefined), undefined);
});

test('the highest stack level that speaks decides; where it is silent, the next one does', () => {
  const found = profiles(
    profile([[0, 8000]]),
    profile([[0, 4000]], { id: 2, stackLevel: 5 }, { duration: 600 }),
  );
  assert.equal(found.limitAt(1, NOW, RUNNING), 4000);
  assert.equal(found.limitAt(1, NOW + 600_000, RUNNING), 8000);
});

test('the profile of the transaction takes the place of the default, the maximum of the station holds for both', () => {
  const found = profiles(
    profile([[0, 3000]]),
    profile([[0, 9000]], { id: 2, purpose: 'TxProfile', transactionId: 't' }),
    profile([[0, 7000]], { id: 3, purpose: 'ChargingStationMaxProfile', evseId: 0 }),
  );
  assert.equal(found.limitAt(1, NOW, RUNNING), 7000);
  assert.equal(found.limitAt(1, NOW, { transactionId: 'other', startedAt: NOW }), 3000);
  assert.equal(found.limitAt(2, NOW, RUNNING), 7000);
});

test('a relative profile counts from the start of the transaction', () => {
  const found = profiles(
    profile(
      [
        [0, 5000],
        [60, 1000],
      ],
      { kind: 'Relative' },
    ),
  );
  assert.equal(found.limitAt(1, NOW + 59_000, RUNNING), 5000);
  assert.equal(found.limitAt(1, NOW + 60_000, RUNNING), 1000);
});

test('a recurring profile comes again every day, a weekly one every week', () => {
  const daily = profiles(
    profile([[0, 2000]], { kind: 'Recurring', recurrency: 'Daily' }, { duration: 3600 }),
  );
  assert.equal(daily.limitAt(1, NOW + 24 * HOUR * 3 + 1, undefined), 2000);
  assert.equal(daily.limitAt(1, NOW + 24 * HOUR * 3 + HOUR, undefined), undefined);
  const weekly = profiles(
    profile([[0, 2000]], { kind: 'Recurring', recurrency: 'Weekly' }, { duration: 3600 }),
  );
  assert.equal(weekly.limitAt(1, NOW + 24 * HOUR, undefined), undefined);
  assert.equal(weekly.limitAt(1, NOW + 7 * 24 * HOUR, undefined), 2000);
});

test('a profile holds only while it is valid', () => {
  const found = profiles(profile([[0, 1000]], { validFrom: NOW + HOUR, validTo: NOW + 2 * HOUR }));
  assert.deepEqual(
    [0, 1, 2].map((hours) => found.limitAt(1, NOW + hours * HOUR, undefined)),
    [undefined, 1000, undefined],
  );
});

test('amperes are per phase at 230 V', () => {
  const schedule = { unit: 'A' as const, periods: [{ startPeriod: 0, limit: 10, phases: 1 }] };
  assert.equal(profiles(profile([], {}, schedule)).limitAt(1, NOW, undefined), 2300);
  const threePhases = { unit: 'A' as const, periods: [{ startPeriod: 0, limit: 10, phases: undefined }] };
  assert.equal(profiles(profile([], {}, threePhases)).limitAt(1, NOW, undefined), 6900);
});

test('a composite schedule changes where a limit changes, and not more often', () => {
  const found = profiles(
    profile([
      [0, 9000],
      [600, 3000],
      [1200, 3000],
    ]),
    profile([[0, 6000]], { id: 2, purpose: 'ChargingStationMaxProfile', evseId: 0 }, { duration: 1800 }),
  );
  assert.deepEqual(found.composite(1, NOW, 3600, 22_000, RUNNING), [
    { startPeriod: 0, limitW: 6000 },
    { startPeriod: 600, limitW: 3000 },
  ]);
  assert.deepEqual(found.composite(2, NOW, 3600, 22_000, undefined), [
    { startPeriod: 0, limitW: 6000 },
    { startPeriod: 1800, limitW: 22_000 },
  ]);
});

test('a profile replaces that of its id, and that of its purpose, level and EVSE', () => {
  const found = profiles(
    profile([[0, 1]]),
    profile([[0, 2]], { id: 2 }),
    profile([[0, 3]], { id: 2, evseId: 2 }),
  );
  assert.deepEqual(
    found.list().map(({ id, evseId }) => [id, evseId]),
    [[2, 2]],
  );
});

test('there is room for so many profiles and no more', () => {
  const found = new ChargingProfiles();
  for (let id = 1; id <= ChargingProfiles.CAPACITY; id++) {
    assert.equal(found.set(profile([[0, 1]], { id, stackLevel: id })), true);
  }
  assert.equal(found.set(profile([[0, 1]], { id: 1000, stackLevel: 1000 })), false);
  assert.equal(found.set(profile([[0, 2]], { id: 1, stackLevel: 1 })), true);
});
