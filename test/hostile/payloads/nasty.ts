import type { Version } from '../../../libs/ocpp/mod.js';

/** Largest message that the gateway takes by default. */
export const MAX_MESSAGE = 512 * 1024;

/** A message made by hand; `id` is unique on its connection. */
export interface Nasty {
  readonly name: string;
  /** Only for these versions; for all when left out. */
  readonly versions?: readonly Version[];
  text(id: string): string;
}

const call = (id: string, action: string, payload: string): string =>
  `[2,${JSON.stringify(id)},${JSON.stringify(action)},${payload}]`;
const many = (count: number, of: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => of(at)).join(',');

const AS_ENVELOPE: readonly Nasty[] = [
  { name: 'nothing', text: () => '' },
  { name: 'blanks', text: () => ' \t\r\n ' },
  { name: 'a NUL', text: () => '\0' },
  { name: 'a byte order mark first', text: (id) => `\ufeff${call(id, 'Heartbeat', '{}')}` },
  { name: 'two messages in one', text: (id) => call(id, 'Heartbeat', '{}').repeat(2) },
  { name: 'a comma too many', text: (id) => `[2,"${id}","Heartbeat",{},]` },
  { name: 'a comment', text: (id) => `[2,"${id}","Heartbeat",{}]//` },
  { name: 'a number', text: () => '17' },
  { name: 'a text', text: () => '"Heartbeat"' },
  { name: 'an object', text: (id) => `{"0":2,"1":"${id}","2":"Heartbeat","3":{},"length":4}` },
  { name: 'a message type as text', text: (id) => `["2","${id}","Heartbeat",{}]` },
  { name: 'a message type with a fraction', text: (id) => `[2.5,"${id}","Heartbeat",{}]` },
  { name: 'a message type written otherwise', text: (id) => `[20e-1,"${id}","Heartbeat",{}]` },
  { name: 'a message type of minus two', text: (id) => `[-2,"${id}","Heartbeat",{}]` },
  { name: 'an infinite message type', text: (id) => `[1e999,"${id}","Heartbeat",{}]` },
  { name: 'message type 0', text: (id) => `[0,"${id}","Heartbeat",{}]` },
  { name: 'message type 255', text: (id) => `[255,"${id}","Heartbeat",{}]` },
  { name: 'a SEND', text: (id) => `[6,"${id}","NotifyPeriodicEventStream",{}]` },
  { name: 'a fifth element', text: (id) => `[2,"${id}","Heartbeat",{},{}]` },
  { name: 'no payload', text: (id) => `[2,"${id}","Heartbeat"]` },
  { name: 'a null payload', text: (id) => `[2,"${id}","Heartbeat",null]` },
  { name: '10,000 elements', text: (id) => `[2,"${id}","Heartbeat",${many(10_000, String)}]` },
];

const BY_ID: readonly Nasty[] = [
  { name: 'an id of 36 characters', text: (id) => call(id.padEnd(36, 'x').slice(-36), 'Heartbeat', '{}') },
  { name: 'an id of 37 characters', text: (id) => call(id.padEnd(37, 'x'), 'Heartbeat', '{}') },
  { name: 'an id of 40 characters', text: (id) => call(id.padEnd(40, 'x'), 'Heartbeat', '{}') },
  {
    name: 'an id of 36 astral characters',
    text: (id) => call(id + '𝄞'.repeat(36 - id.length), 'Heartbeat', '{}'),
  },
  { name: 'an id of 500 KiB', text: (id) => call(id.padEnd(500 * 1024, 'x'), 'Heartbeat', '{}') },
  { name: 'an empty id', text: () => call('', 'Heartbeat', '{}') },
  { name: 'the id -1', text: () => call('-1', 'Heartbeat', '{}') },
  { name: 'a number as id', text: () => '[2,17,"Heartbeat",{}]' },
  { name: 'null as id', text: () => '[2,null,"Heartbeat",{}]' },
  { name: 'an object as id', text: () => '[2,{"toString":1},"Heartbeat",{}]' },
  { name: 'an id of line ends', text: (id) => call(`${id}\r\n\r\n`, 'Heartbeat', '{}') },
  { name: 'an id with a NUL', text: (id) => call(`${id}\0`, 'Heartbeat', '{}') },
  { name: 'an id with a lone surrogate', text: (id) => `[2,"${id}\\ud800","Heartbeat",{}]` },
  { name: 'an id of a lone low surrogate', text: () => `[2,"\\udc00","Heartbeat",{}]` },
  { name: 'an inherited name as id', text: () => call('__proto__', 'Heartbeat', '{}') },
  { name: 'an escaped id', text: (id) => `[2,"\\u0078${id}","Heartbeat",{}]` },
];

const BY_ACTION: readonly Nasty[] = [
  { name: 'an unknown action', text: (id) => call(id, 'MakeCoffee', '{}') },
  { name: 'an unknown action of 100 KiB', text: (id) => call(id, 'A'.repeat(100 * 1024), '{}') },
  { name: 'an unknown action of 100 KiB of quotes', text: (id) => call(id, '"'.repeat(50 * 1024), '{}') },
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    '\0',
    '\ud800',
    'Heartbeat\0',
    'csms.up.0.X',
    '*',
    '>',
  ].map((action): Nasty => ({
    name: `the action ${JSON.stringify(action)}`,
    text: (id) => call(id, action, '{}'),
  })),
];

const BY_PAYLOAD: readonly Nasty[] = [
  { name: 'a __proto__ member', text: (id) => call(id, 'Heartbeat', '{"__proto__":{"polluted":true}}') },
  {
    name: 'a constructor member',
    text: (id) => call(id, 'Heartbeat', '{"constructor":{"prototype":{"polluted":true}}}'),
  },
  {
    name: 'a toString member',
    text: (id) => call(id, 'Heartbeat', '{"toString":null,"valueOf":1,"toJSON":"x"}'),
  },
  { name: 'a member of slashes', text: (id) => call(id, 'Heartbeat', '{"~1/~0/../a":1,"":2}') },
  { name: 'duplicate keys', text: (id) => call(id, 'Authorize', '{"idTag":"A","idTag":"B","idTag":{}}') },
  {
    name: '10,000 members',
    text: (id) => call(id, 'Heartbeat', `{${many(10_000, (at) => `"m${at}":${at}`)}}`),
  },
  { name: '10,000 equal members', text: (id) => call(id, 'Heartbeat', `{${many(10_000, () => '"m":0')}}`) },
  {
    name: 'a member name of 100 KiB',
    text: (id) => call(id, 'Heartbeat', `{"${'m'.repeat(100 * 1024)}":1}`),
  },
  {
    name: 'a payload nested 500 deep',
    text: (id) => call(id, 'Heartbeat', `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`),
  },
  {
    name: 'free data nested 500 deep',
    versions: ['2.0.1', '2.1'],
    text: (id) => call(id, 'DataTransfer', `{"vendorId":"v","data":${'['.repeat(500)}${']'.repeat(500)}}`),
  },
  {
    name: 'customData nested 500 deep',
    versions: ['2.0.1', '2.1'],
    text: (id) =>
      call(id, 'Heartbeat', `{"customData":{"vendorId":"v","x":${'{"a":'.repeat(490)}1${'}'.repeat(490)}}}`),
  },
  {
    name: 'customData that would pollute',
    versions: ['2.0.1', '2.1'],
    text: (id) => call(id, 'Heartbeat', '{"customData":{"vendorId":"v","__proto__":{"polluted":true}}}'),
  },
  {
    name: 'free data of 500 KiB',
    text: (id) => call(id, 'DataTransfer', `{"vendorId":"v","data":"${'d'.repeat(500 * 1024)}"}`),
  },
  {
    name: 'a text of NULs',
    text: (id) => call(id, 'DataTransfer', `{"vendorId":"${'\\u0000'.repeat(50)}"}`),
  },
  {
    name: 'a text of lone surrogates',
    text: (id) => call(id, 'DataTransfer', `{"vendorId":"${'\\udfff\\ud800'.repeat(20)}"}`),
  },
  {
    name: 'huge numbers',
    versions: ['1.6'],
    text: (id) =>
      call(
        id,
        'StartTransaction',
        '{"connectorId":1e308,"idTag":"A","meterStart":-9e999,"timestamp":"2026-03-01T08:00:00Z"}',
      ),
  },
  {
    name: 'big integers',
    versions: ['1.6'],
    text: (id) =>
      call(
        id,
        'StartTransaction',
        '{"connectorId":1e300,"idTag":"A","meterStart":-1e300,"timestamp":"2026-03-01T08:00:00Z"}',
      ),
  },
  {
    name: 'a number of 10,000 digits',
    versions: ['1.6'],
    text: (id) =>
      call(
        id,
        'StopTransaction',
        `{"transactionId":${'9'.repeat(10_000)},"meterStop":0,"timestamp":"2026-03-01T08:00:00Z"}`,
      ),
  },
  {
    name: 'a number of 10,000 digits where a text belongs',
    versions: ['1.6'],
    text: (id) => call(id, 'Authorize', `{"idTag":${'9'.repeat(10_000)}}`),
  },
  {
    name: 'a sequence number beyond integers',
    versions: ['2.0.1', '2.1'],
    text: (id) => call(id, 'TransactionEvent', transactionEvent('"seqNo":1e300')),
  },
  {
    name: 'a negative sequence number',
    versions: ['2.0.1', '2.1'],
    text: (id) => call(id, 'TransactionEvent', transactionEvent('"seqNo":-5')),
  },
  {
    name: 'an inherited name as transaction id',
    versions: ['2.0.1', '2.1'],
    text: (id) =>
      call(id, 'TransactionEvent', transactionEvent('"seqNo":0').replace('hostile-tx', '__proto__')),
  },
  {
    name: 'a lone surrogate as transaction id',
    versions: ['2.0.1', '2.1'],
    text: (id) =>
      call(id, 'TransactionEvent', transactionEvent('"seqNo":0').replace('hostile-tx', '\\ud800')),
  },
  ...[
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-02-28T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-03-01T08:00:00+99:99',
  ].map((time): Nasty => ({
    name: `the time ${time}`,
    versions: ['2.0.1', '2.1'],
    text: (id) =>
      call(
        id,
        'StatusNotification',
        `{"timestamp":"${time}","evseId":1,"connectorId":1,"connectorStatus":"Available"}`,
      ),
  })),
];

const transactionEvent = (seqNo: string): string =>
  `{"eventType":"Started","timestamp":"2026-03-01T08:00:00Z","triggerReason":"Authorized",${seqNo},"transactionInfo":{"transactionId":"hostile-tx"}}`;

export const NASTY: readonly Nasty[] = [...AS_ENVELOPE, ...BY_ID, ...BY_ACTION, ...BY_PAYLOAD];

/** Messages of exactly, or about, the largest size. */
export const HUGE: readonly Nasty[] = [
  { name: 'exactly 512 KiB', text: (id) => filled(id, MAX_MESSAGE) },
  { name: '512 KiB of [', text: () => '['.repeat(MAX_MESSAGE) },
  { name: '512 KiB of {"a":', text: () => '{"a":'.repeat(Math.floor(MAX_MESSAGE / 5)) },
  {
    name: '512 KiB of [] pairs',
    text: (id) => `[2,"${id}","DataTransfer",{"vendorId":"v","data":[${'[],'.repeat(174_000)}0]}]`,
  },
  { name: '512 KiB of "', text: () => '"'.repeat(MAX_MESSAGE) },
  { name: '512 KiB of backslashes', text: (id) => `[2,"${id}","${'\\'.repeat(MAX_MESSAGE - 40)}",{}]` },
  { name: '512 KiB of blanks', text: (id) => call(id, 'Heartbeat', '{}').padEnd(MAX_MESSAGE) },
  { name: '512 KiB of blanks before', text: (id) => call(id, 'Heartbeat', '{}').padStart(MAX_MESSAGE) },
  {
    name: '512 KiB of digits',
    text: (id) => `[2,"${id}","Heartbeat",{"x":${'9'.repeat(MAX_MESSAGE - 100)}}]`,
  },
  { name: '512 KiB of NULs', text: () => '\0'.repeat(MAX_MESSAGE) },
  {
    name: '30,000 unknown members',
    text: (id) => call(id, 'Heartbeat', `{${many(30_000, (at) => `"m${at}":${at}`)}}`),
  },
  {
    name: '20,000 readings, each a number where a text belongs',
    versions: ['1.6'],
    text: (id) =>
      call(
        id,
        'MeterValues',
        `{"connectorId":1,"meterValue":[{"timestamp":"2026-03-01T08:00:00Z","sampledValue":[${many(20_000, (at) => `{"value":${at}}`)}]}]}`,
      ),
  },
  {
    name: '12,000 readings, each with an unknown member of its own',
    text: (id) =>
      call(
        id,
        'MeterValues',
        `{"evseId":1,"connectorId":1,"meterValue":[{"timestamp":"2026-03-01T08:00:00Z","sampledValue":[${many(12_000, (at) => `{"value":"1","u${at}":${at}}`)}]}]}`,
      ),
  },
  {
    name: '7,000 meter values',
    text: (id) =>
      call(
        id,
        'MeterValues',
        `{"evseId":1,"connectorId":1,"meterValue":[${many(7_000, () => '{"timestamp":"2026-03-01T08:00:00Z","sampledValue":[{"value":1}]}')}]}`,
      ),
  },
];

/** A DataTransfer of exactly `size` bytes. */
export function filled(id: string, size: number): string {
  const empty = call(id, 'DataTransfer', '{"vendorId":"v","data":""}');
  return call(id, 'DataTransfer', `{"vendorId":"v","data":"${'d'.repeat(size - empty.length)}"}`);
}
