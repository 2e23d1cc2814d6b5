import type { Answer, Received } from './central-system.js';

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
