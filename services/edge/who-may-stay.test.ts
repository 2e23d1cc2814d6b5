import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBroker } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { hashPassword, memoryStore, type StationRecord } from '../../libs/store/mod.js';
import { checkWhoMayStay, mayStay, type Guest } from './who-may-stay.js';

const credential = hashPassword(Buffer.from('sixteen-chars-00'));
const other = hashPassword(Buffer.from('another-password-1'));

class Connected implements Guest {
  ended = 0;
  readonly link: Guest['link'];

  constructor(
    readonly stationId: string,
    readonly passwordHash: string | undefined = credential.hash,
  ) {
    this.link = { securityProfile: 1 };
  }

  end(): void {
    this.ended++;
  }
}

async function edge(connections: Guest[]) {
  const clock = new ManualClock();
  const bus = new MemoryBroker().connect();
  const { directory } = memoryStore({ clock, shards: 1 });
  const asked = { count: 0, failing: false };
  const lookUps = {
    get: async (stationId: string) => {
      asked.count++;
      if (asked.failing) throw new Error('down');
      return directory.get(stationId);
    },
  };
  const stop = checkWhoMayStay({
    bus,
    lookUps,
    clock,
    logger: silentLogger(),
    connections: () => connections,
  });
  const outage = async () => {
    bus.setConnected(false);
    bus.setConnected(true);
    await clock.advance(0);
  };
  return { clock, directory, asked, outage, stop };
}

const record = (stationId: string, more: Partial<StationRecord> = {}): StationRecord => ({
  stationId,
  credentials: [credential],
  ...more,
});

test('who may stay is who would be let in as it came in', () => {
  const guest = new Connected('A');
  assert.equal(mayStay(guest, record('A')), true);
  assert.equal(mayStay(guest, record('A', { credentials: [other, credential] })), true);
  assert.equal(mayStay(guest, record('A', { credentials: [] })), true);
  assert.equal(mayStay(guest, record('A', { minimumSecurityProfile: 1 })), true);
  assert.equal(mayStay(guest, undefined), false);
  assert.equal(mayStay(guest, record('A', { disabled: true })), false);
  assert.equal(mayStay(guest, record('A', { credentials: [other] })), false);
  assert.equal(mayStay(guest, record('A', { minimumSecurityProfile: 2 })), false);
  const without = {
    stationId: 'A',
    passwordHash: undefined,
    link: { securityProfile: 0 },
    end: () => undefined,
  };
  assert.equal(mayStay(without, record('A', { credentials: [] })), true);
  assert.equal(mayStay(without, record('A')), false);
});

test('who came with a certificate may stay while it is that of the station', () => {
  const link = { securityProfile: 3, certificateCn: 'SN-1' };
  const guest = { stationId: 'A', passwordHash: undefined, link, end: () => undefined };
  assert.equal(mayStay(guest, record('A', { serialNumber: 'SN-1', minimumSecurityProfile: 3 })), true);
  assert.equal(mayStay(guest, record('A', { serialNumber: 'SN-1', credentials: [] })), true);
  assert.equal(mayStay(guest, record('A', { serialNumber: 'SN-2' })), false);
  assert.equal(mayStay(guest, record('A', { credentials: [] })), false);
  assert.equal(mayStay(guest, record('A', { serialNumber: 'SN-1', disabled: true })), false);
  const withoutAnything = { ...guest, link: { securityProfile: 0 } };
  assert.equal(mayStay(withoutAnything, record('A', { credentials: [], serialNumber: 'SN-1' })), false);
});

test('after the bus was away, stations that were removed or changed meanwhile are ended, and no others', async () => {
  const connections = ['removed', 'disabled', 'changed', 'same'].map((id) => new Connected(id));
  const { directory, asked, outage } = await edge(connections);
  await directory.put(record('disabled', { disabled: true }));
  await directory.put(record('changed', { credentials: [other] }));
  await directory.put(record('same'));
  assert.equal(asked.count, 0);
  await outage();
  assert.deepEqual(
    connections.map(({ ended }) => ended),
    [1, 1, 1, 0],
  );
});

test('very many are looked up a few at a time', async () => {
  const connections = Array.from({ length: 1050 }, (_, n) => new Connected(`CS-${n}`));
  const { clock, asked, outage } = await edge(connections);
  await outage();
  assert.equal(asked.count, 100);
  await clock.advance(49);
  assert.equal(asked.count, 100);
  for (let lot = 0; lot < 11; lot++) await clock.advance(50);
  assert.equal(asked.count, 1050);
  assert.ok(connections.every(({ ended }) => ended === 1));
});

test('those that cannot be looked up stay, and are tried again until they can', async () => {
  const connections = [new Connected('A'), new Connected('B')];
  const { clock, asked, outage } = await edge(connections);
  asked.failing = true;
  await outage();
  for (let round = 0; round < 3; round++) await clock.advance(5000);
  assert.equal(asked.count, 8);
  assert.ok(connections.every(({ ended }) => ended === 0));
  asked.failing = false;
  await clock.advance(5000);
  assert.ok(connections.every(({ ended }) => ended === 1));
});

test('a second outage while it looks begins anew; once stopped nothing is looked up', async () => {
  const connections = Array.from({ length: 150 }, (_, n) => new Connected(`CS-${n}`));
  const { clock, asked, outage, stop } = await edge(connections);
  await outage();
  assert.equal(asked.count, 100);
  await outage();
  assert.equal(asked.count, 100);
  await clock.advance(50);
  assert.equal(asked.count, 200);
  stop();
  await clock.advance(10_000);
  await outage();
  assert.equal(asked.count, 200);
});
