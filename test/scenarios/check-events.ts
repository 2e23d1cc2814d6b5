import assert from 'node:assert/strict';
import type { TransactionReported } from '../../libs/api/mod.js';
import type { LoggedEvent } from '../topology/topology.js';

/**
 * Invariant 6: a station's events stand in the log by their numbers, from 1, without a gap, each with an id of its own,
 * and the CloudEvent says the same as its entry.
 */
export function assertOrdered(events: readonly LoggedEvent[]): void {
  assert.ok(events.length > 0, 'no events');
  const incarnations = new Set(events.map(({ incarnation }) => incarnation));
  assert.equal(incarnations.size, 1, 'the station was created anew');
  assert.deepEqual(
    events.map(({ number }) => number),
    events.map((_, at) => at + 1),
  );
  assert.equal(new Set(events.map(({ event }) => event.id)).size, events.length, 'an event id stands twice');
  for (const { number, type, event } of events) {
    assert.equal(event.specversion, '1.0');
    assert.equal(event.type, type);
    assert.equal(Number(event.sequence), number);
  }
}

export const transactionIn = ({ event }: LoggedEvent): TransactionReported =>
  event.data as TransactionReported;

/** The events of one transaction, in the log's order. */
export function ofTransaction(events: readonly LoggedEvent[], transactionId: string | number): LoggedEvent[] {
  return events.filter(
    (logged) =>
      logged.type.startsWith('transaction.') && transactionIn(logged).transactionId === String(transactionId),
  );
}

export const typesOf = (events: readonly LoggedEvent[]): string[] => events.map(({ type }) => type);

/** The OCPP payload that the event was made from. */
export const payloadOf = ({ event }: LoggedEvent): unknown => event.data.ocpp;

/** Every energy reading that the events carry, in order, in Wh. */
export function readings(events: readonly LoggedEvent[]): number[] {
  return events.flatMap((logged) =>
    (transactionIn(logged).meterValue ?? []).flatMap(({ sampledValue }) =>
      sampledValue.flatMap(({ value }) => value ?? []),
    ),
  );
}
