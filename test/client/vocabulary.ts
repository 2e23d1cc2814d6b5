import type { Version } from '../../libs/ocpp/mod.js';

/** A CALL to be: its action and its payload. */
export type Message = readonly [action: string, payload: object];

/** What a charging session of these tests is made of. Its message `n` happens `n` minutes after its start. */
export interface Session {
  readonly evseId: number;
  readonly idToken: string;
  /** 2.x: chosen by the station. 1.6 has the gateway's number instead. */
  readonly transactionId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly meterStartWh: number;
}

export type TransactionId = string | number;

/** How each version says the same things. Every payload is valid by its version's schema. */
export interface Vocabulary {
  readonly version: Version;
  readonly subprotocol: string;
  boot(): Message;
  status(evseId: number, occupied: boolean): Message;
  authorize(idToken: string): Message;
  start(session: Session): Message;
  /** The id under which the transaction goes on, from the answer to `start`. */
  idOf(session: Session, answer: Readonly<Record<string, unknown>>): TransactionId;
  /** The reading after `n` minutes, n ≥ 1. */
  meter(session: Session, id: TransactionId, n: number): Message;
  stop(session: Session, id: TransactionId, n: number): Message;
  /** The status of the token in an answer to authorize, start or stop. */
  tokenStatus(answer: Readonly<Record<string, unknown>>): string | undefined;
}

const WH_PER_MINUTE = 180;

/** Register reading after `n` minutes. */
export const meterWh = (session: Session, n: number): number => session.meterStartWh + n * WH_PER_MINUTE;

export const timestamp = (session: Session, n: number): string =>
  new Date(session.startedAt + n * 60_000).toISOString();

const statusIn = (answer: Readonly<Record<string, unknown>>, field: string): string | undefined =>
  (answer[field] as { status?: string } | undefined)?.status;

const v16: Vocabulary = {
  version: '1.6',
  subprotocol: 'ocpp1.6',
  boot: () => ['BootNotification', { chargePointVendor: 'Independent', chargePointModel: 'One' }],
  status: (evseId, occupied) => [
    'StatusNotification',
    { connectorId: evseId, errorCode: 'NoError', status: occupied ? 'Charging' : 'Available' },
  ],
  authorize: (idToken) => ['Authorize', { idTag: idToken }],
  start: (session) => [
    'StartTransaction',
    {
      connectorId: session.evseId,
      idTag: session.idToken,
      meterStart: session.meterStartWh,
      timestamp: timestamp(session, 0),
    },
  ],
  idOf: (_session, answer) => answer['transactionId'] as number,
  meter: (session, id, n) => [
    'MeterValues',
    {
      connectorId: session.evseId,
      transactionId: id,
      meterValue: [
        {
          timestamp: timestamp(session, n),
          sampledValue: [{ value: String(meterWh(session, n)), unit: 'Wh' }],
        },
      ],
    },
  ],
  stop: (session, id, n) => [
    'StopTransaction',
    {
      transactionId: id,
      idTag: session.idToken,
      meterStop: meterWh(session, n),
      timestamp: timestamp(session, n),
      reason: 'EVDisconnected',
    },
  ],
  tokenStatus: (answer) => statusIn(answer, 'idTagInfo'),
};

/** 2.0.1 and 2.1 say all of this alike. */
function v2(version: '2.0.1' | '2.1'): Vocabulary {
  const event = (
    session: Session,
    eventType: string,
    n: number,
    triggerReason: string,
    more: object,
    info: object = {},
  ): Message => [
    'TransactionEvent',
    {
      eventType,
      timestamp: timestamp(session, n),
      triggerReason,
      seqNo: n,
      transactionInfo: { transactionId: session.transactionId, ...info },
      ...more,
    },
  ];
  const reading = (session: Session, n: number): object => ({
    meterValue: [{ timestamp: timestamp(session, n), sampledValue: [{ value: meterWh(session, n) }] }],
  });
  return {
    version,
    subprotocol: `ocpp${version}`,
    boot: () => [
      'BootNotification',
      { reason: 'PowerUp', chargingStation: { vendorName: 'Independent', model: 'Two' } },
    ],
    status: (evseId, occupied) => [
      'StatusNotification',
      {
        timestamp: '2026-03-01T08:00:00.000Z',
        evseId,
        connectorId: 1,
        connectorStatus: occupied ? 'Occupied' : 'Available',
      },
    ],
    authorize: (idToken) => ['Authorize', { idToken: { idToken, type: 'ISO14443' } }],
    start: (session) =>
      event(session, 'Started', 0, 'Authorized', {
        evse: { id: session.evseId, connectorId: 1 },
        idToken: { idToken: session.idToken, type: 'ISO14443' },
        ...reading(session, 0),
      }),
    idOf: (session) => session.transactionId,
    meter: (session, _id, n) =>
      event(session, 'Updated', n, 'MeterValuePeriodic', reading(session, n), { chargingState: 'Charging' }),
    stop: (session, _id, n) =>
      event(session, 'Ended', n, 'EVCommunicationLost', reading(session, n), {
        stoppedReason: 'EVDisconnected',
      }),
    tokenStatus: (answer) => statusIn(answer, 'idTokenInfo'),
  };
}

export const VOCABULARIES: readonly Vocabulary[] = [v16, v2('2.0.1'), v2('2.1')];

export function vocabularyOf(version: Version): Vocabulary {
  return VOCABULARIES.find((vocabulary) => vocabulary.version === version) ?? v16;
}

/** A session of a known kind; what is given replaces its parts. */
export function sessionOf(parts: Partial<Session> = {}): Session {
  return {
    evseId: 1,
    idToken: 'TAG-0001',
    transactionId: 'tx-0001',
    startedAt: Date.UTC(2026, 2, 1, 8),
    meterStartWh: 1_000,
    ...parts,
  };
}
