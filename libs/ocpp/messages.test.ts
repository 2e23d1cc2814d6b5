import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ActionName, Request, Response } from './messages.js';
import type { Version } from './versions.js';

/** Fails the compilation when `value` is not a `T`. */
function expectType<T>(value: T): T {
  return value;
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

it('knows the payload of every message at compile time', () => {
  expectType<Request<'1.6', 'Authorize'>>({ idTag: 'A' });
  expectType<Response<'1.6', 'StartTransaction'>>({ transactionId: 1, idTagInfo: { status: 'Accepted' } });
  expectType<Request<'2.0.1', 'BootNotification'>>({
    reason: 'PowerUp',
    chargingStation: { model: 'M', vendorName: 'V' },
  });
  expectType<Request<'2.1', 'NotifyPeriodicEventStream'>>({
    id: 1,
    pending: 0,
    basetime: '2026-11-21T10:00:00Z',
    data: [{ t: 0, v: '1' }],
  });
  expectType<Request<'2.0.1', 'Heartbeat'>>({ customData: { vendorId: 'v', anything: [1] } });
  expectType<Same<Response<'2.1', 'NotifyPeriodicEventStream'>, never>>(true);
  expectType<Same<Request<'1.6', 'Reset'>['type'], 'Hard' | 'Soft'>>(true);
  expectType<ActionName<'2.1'>>('AFRRSignal');
  assert.ok(true);
});

it('refuses wrong payloads at compile time', () => {
  // @ts-expect-error idTag is a string
  expectType<Request<'1.6', 'Authorize'>>({ idTag: 1 });
  // @ts-expect-error idTag is required
  expectType<Request<'1.6', 'Authorize'>>({});
  // @ts-expect-error no such member
  expectType<Request<'1.6', 'Authorize'>>({ idTag: 'A', parent: 'B' });
  // @ts-expect-error no such reason
  expectType<Request<'2.0.1', 'BootNotification'>['reason']>('Boredom');
  // @ts-expect-error an optional member is left out, not undefined
  expectType<Request<'1.6', 'Reset'>>({ type: undefined });
  // @ts-expect-error 2.0.1 has no battery swaps
  expectType<ActionName<'2.0.1'>>('BatterySwap');
  // @ts-expect-error not a version
  expectType<Version>('2.0');
  assert.ok(true);
});
