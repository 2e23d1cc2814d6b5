import type { Version } from '../libs/ocpp/mod.js';

/**
 * Text of a CALL in which these stand for what changes, always of the same length: `{s}` the number of the station (5
 * digits), `{n}` the running number of its messages (7 digits), `{time}` that many seconds after midnight
 * (HH:MM:SS). So ids are unique UUIDs, sequence numbers have no gaps, and no message is the repetition of another.
 */
export type Template = string;

export interface Message {
  readonly version: Version;
  readonly action: string;
  /** Sent once by each station, after the boot and before what is measured. */
  readonly before: readonly Template[];
  /** Sent in turn. */
  readonly calls: readonly Template[];
  /** Payload of an answer, such as the gateway gives it. */
  readonly answer: object;
}

const ID = '5f0c9a52-7d3e-4b1a-9c48-{s}{n}';
const TIMESTAMP = '2026-11-21T{time}.000Z';
/** The running number where JSON has a number, not a string. */
const NUMBER = '#{n}#';

const call = (action: string, payload: object): Template =>
  JSON.stringify([2, ID, action, payload]).replaceAll(`"${NUMBER}"`, '{n}');

/** What a station sends first. */
export const BOOT: Readonly<Record<Version, Template>> = {
  '1.6': call('BootNotification', {
    chargePointVendor: 'Stationmaster',
    chargePointModel: 'Bench',
    chargePointSerialNumber: 'SM-{s}',
    firmwareVersion: '1.0.0',
  }),
  '2.0.1': boot2(),
  '2.1': boot2(),
};

function boot2(): Template {
  const chargingStation = {
    vendorName: 'Stationmaster',
    model: 'Bench',
    serialNumber: 'SM-{s}',
    firmwareVersion: '1.0.0',
  };
  return call('BootNotification', { reason: 'PowerUp', chargingStation });
}

const heartbeat = (version: Version): Message => ({
  version,
  action: 'Heartbeat',
  before: [],
  calls: [call('Heartbeat', {})],
  answer: { currentTime: '2026-11-21T10:15:30.123Z' },
});

function status16(status: string): Template {
  return call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status, timestamp: TIMESTAMP });
}

function status2(connectorStatus: string): Template {
  return call('StatusNotification', { timestamp: TIMESTAMP, connectorStatus, evseId: 1, connectorId: 1 });
}

const meterValues16 = call('MeterValues', {
  connectorId: 1,
  meterValue: [
    {
      timestamp: TIMESTAMP,
      sampledValue: [
        {
          value: '{n}',
          context: 'Sample.Periodic',
          measurand: 'Energy.Active.Import.Register',
          unit: 'Wh',
        },
        { value: '7360.5', context: 'Sample.Periodic', measurand: 'Power.Active.Import', unit: 'W' },
        { value: '31.9', context: 'Sample.Periodic', measurand: 'Current.Import', phase: 'L1', unit: 'A' },
      ],
    },
  ],
});

const meterValue2 = {
  timestamp: TIMESTAMP,
  sampledValue: [
    {
      value: NUMBER,
      context: 'Sample.Periodic',
      measurand: 'Energy.Active.Import.Register',
      unitOfMeasure: { unit: 'Wh' },
    },
    {
      value: 7360.5,
      context: 'Sample.Periodic',
      measurand: 'Power.Active.Import',
      unitOfMeasure: { unit: 'W' },
    },
  ],
};

const transactionInfo = { transactionId: 'b7c1e9d0-4f2a-4c6e-8d3b-0000000{s}', chargingState: 'Charging' };

const started = call('TransactionEvent', {
  eventType: 'Started',
  timestamp: TIMESTAMP,
  triggerReason: 'Authorized',
  seqNo: NUMBER,
  transactionInfo,
  evse: { id: 1, connectorId: 1 },
  idToken: { idToken: '04A2B3C4D5E6F7', type: 'ISO14443' },
});

const updated = call('TransactionEvent', {
  eventType: 'Updated',
  timestamp: TIMESTAMP,
  triggerReason: 'MeterValuePeriodic',
  seqNo: NUMBER,
  transactionInfo,
  meterValue: [meterValue2],
});

const messages16: readonly Message[] = [
  heartbeat('1.6'),
  {
    version: '1.6',
    action: 'StatusNotification',
    before: [],
    calls: [status16('Available'), status16('Preparing')],
    answer: {},
  },
  { version: '1.6', action: 'MeterValues', before: [], calls: [meterValues16], answer: {} },
  {
    version: '1.6',
    action: 'StartTransaction',
    before: [],
    calls: [
      call('StartTransaction', {
        connectorId: 1,
        idTag: '04A2B3C4D5E6F7',
        meterStart: NUMBER,
        timestamp: TIMESTAMP,
      }),
    ],
    answer: { transactionId: 1234567, idTagInfo: { status: 'Accepted' } },
  },
];

const messages2 = (version: Version): readonly Message[] => [
  heartbeat(version),
  {
    version,
    action: 'StatusNotification',
    before: [],
    calls: [status2('Available'), status2('Occupied')],
    answer: {},
  },
  {
    version,
    action: 'MeterValues',
    before: [],
    calls: [call('MeterValues', { evseId: 1, meterValue: [meterValue2] })],
    answer: {},
  },
  {
    version,
    action: 'TransactionEvent',
    before: [started],
    calls: [updated],
    answer: { idTokenInfo: { status: 'Accepted' } },
  },
];

/** Four messages of each version, of 57 to about 560 bytes: the ones that a network mostly carries. */
export const MESSAGES: Readonly<Record<Version, readonly Message[]>> = {
  '1.6': messages16,
  '2.0.1': messages2('2.0.1'),
  '2.1': messages2('2.1'),
};

/** One variable of a station's device model, as a report of all of them tells it. */
const variable = (number: number): object => ({
  component: { name: 'ChargingStation', evse: { id: 1, connectorId: 1 } },
  variable: { name: `Variable${number}`, instance: String(number) },
  variableAttribute: [
    { type: 'Actual', value: String(number * 17), mutability: 'ReadWrite', persistent: true },
  ],
  variableCharacteristics: { dataType: 'integer', minLimit: 0, maxLimit: 100_000, supportsMonitoring: false },
});

/** A page of 60 variables, some 20 KB: large, and rare. 1.6 has no such message. */
export const REPORTS: readonly Message[] = (['2.0.1', '2.1'] as const).map((version) => ({
  version,
  action: 'NotifyReport',
  before: [],
  calls: [
    call('NotifyReport', {
      requestId: 17,
      generatedAt: TIMESTAMP,
      seqNo: 0,
      tbc: true,
      reportData: Array.from({ length: 60 }, (_, number) => variable(number)),
    }),
  ],
  answer: {},
}));

/** Asks whether a token may charge. */
export const AUTHORIZE: Message = {
  version: '1.6',
  action: 'Authorize',
  before: [],
  calls: [call('Authorize', { idTag: '04A2B3C4D5E6F7' })],
  answer: { idTagInfo: { status: 'Accepted' } },
};

/** @throws Error when there is none. */
export function messageOf(version: Version, action: string): Message {
  const found = MESSAGES[version].find((message) => message.action === action);
  if (found === undefined) throw new Error(`no sample of ${version} ${action}`);
  return found;
}

/** The first running number: from it on, all have seven digits. */
export const FIRST_NUMBER = 1_000_000;

/** The text of a template's message. */
export function render(template: Template, station: number, number: number): string {
  return template
    .replaceAll('{s}', String(station).padStart(5, '0'))
    .replaceAll('{n}', String(number))
    .replaceAll('{time}', new Date((number % 86_400) * 1000).toISOString().slice(11, 19));
}
