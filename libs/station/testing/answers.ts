import type { Version } from '../../ocpp/mod.js';

/** A CALL or SEND that a station sent. */
export interface Received {
  readonly stationId: string;
  readonly version: Version;
  readonly id: string;
  readonly action: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What goes back: a payload, an error code, or nothing at all. */
export type Answer = object | { readonly error: string } | 'silence';

const NOW = '2026-01-01T00:00:00.000Z';

let nextTransactionId = 1;

const ANSWERS: Readonly<Record<string, (call: Received) => Answer>> = {
  BootNotification: () => ({ status: 'Accepted', currentTime: NOW, interval: 300 }),
  Heartbeat: () => ({ currentTime: NOW }),
  Authorize: ({ version }) =>
    version === '1.6' ? { idTagInfo: { status: 'Accepted' } } : { idTokenInfo: { status: 'Accepted' } },
  StartTransaction: () => ({ transactionId: nextTransactionId++, idTagInfo: { status: 'Accepted' } }),
  TransactionEvent: ({ payload }) =>
    payload.idToken === undefined ? {} : { idTokenInfo: { status: 'Accepted' } },
  DataTransfer: () => ({ status: 'UnknownVendorId' }),
  SignCertificate: () => ({ status: 'Accepted' }),
  OpenPeriodicEventStream: () => ({ status: 'Accepted' }),
};

/** What a friendly central system answers. */
export function defaultAnswer(call: Received): Answer {
  return ANSWERS[call.action]?.(call) ?? {};
}
