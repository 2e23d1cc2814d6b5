import assert from 'node:assert/strict';
import { handshake, type HandshakeAnswer, type HandshakeOptions } from '../client/handshake.js';
import { basic } from '../client/raw-client.js';
import { sessionOf, VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import type { Settings } from '../topology/topology.js';
import type { Context, Scenario } from './scenario.js';

const PASSWORD = 'correct-horse-battery';
/** Not UTF-8, with a colon and a NUL in it: 1.6 passwords are bytes (1.6J 6.2.2). */
const KEY_HEX = 'fffe3a00c328a0a1deadbeef0102030405060708';
const KEY = Buffer.from(KEY_HEX, 'hex');

/** Closed doors: these stations, these tokens. */
const CLOSED: Settings = {
  stations: [
    { id: 'KNOWN', password: PASSWORD },
    { id: 'KEY-16', passwordHex: KEY_HEX },
    { id: 'HEX-16', passwordHex: KEY_HEX, quirks: ['hex_password'] },
    { id: 'ROTATING', password: [PASSWORD, 'another-good-password'] },
    { id: 'FREE', noPassword: true },
    { id: 'OFF', password: PASSWORD, disabled: true },
    { id: 'HIGH', password: PASSWORD, minimumSecurityProfile: 2 },
    { id: 'RDAM 123/ü', password: PASSWORD },
  ],
  tokens: [{ id: 'GOOD' }, { id: 'BAD', status: 'Blocked' }, { id: 'OLD', expiry: '2020-01-01T00:00:00Z' }],
};

async function shake(
  context: Context,
  path: string,
  more: Partial<HandshakeOptions> = {},
  awaitClose = false,
): Promise<HandshakeAnswer> {
  const { origin, pathname } = new URL(context.topology.ocppUrl);
  const protocols = ['ocpp1.6'];
  return await handshake(
    { url: origin, path: path.replace('{base}', pathname), protocols, ...more },
    awaitClose,
  );
}

const closed: readonly Scenario[] = [
  {
    name: 'an unknown station is answered 404, a disabled one too (1.6J errata 3.3)',
    settings: CLOSED,
    async run(context) {
      for (const id of ['NOBODY', 'known', 'OFF']) {
        const answer = await shake(context, `{base}/${id}`, { authorization: basic(id, PASSWORD) });
        assert.equal(answer.status, 404, id);
      }
    },
  },
  {
    name: 'missing or wrong credentials are answered 401 before the upgrade (WP 2.3)',
    settings: CLOSED,
    async run(context) {
      const wrong: readonly (string | undefined)[] = [
        undefined,
        '',
        'Basic',
        'Basic !!!',
        'Bearer abc',
        basic('KNOWN', ''),
        basic('KNOWN', `${PASSWORD} `),
        basic('KNOWN', PASSWORD.toUpperCase()),
        basic('OTHER', PASSWORD),
        basic('', PASSWORD),
        `Basic ${Buffer.from(`KNOWN${PASSWORD}`).toString('base64')}`,
      ];
      for (const authorization of wrong) {
        const answer = await shake(
          context,
          '{base}/KNOWN',
          authorization === undefined ? {} : { authorization },
        );
        assert.equal(answer.status, 401, authorization);
        assert.match(String(answer.headers['www-authenticate']), /^Basic/);
      }
    },
  },
  {
    name: 'the right credentials open the door; of two passwords during a rotation either does',
    settings: CLOSED,
    async run(context) {
      const right: readonly (readonly [id: string, password: string | Buffer])[] = [
        ['KNOWN', PASSWORD],
        ['KEY-16', KEY],
        ['HEX-16', KEY],
        ['HEX-16', KEY_HEX],
        ['ROTATING', PASSWORD],
        ['ROTATING', 'another-good-password'],
      ];
      for (const [id, password] of right) {
        const answer = await shake(context, `{base}/${id}`, { authorization: basic(id, password) });
        assert.equal(answer.status, 101, `${id} ${password.toString()}`);
        assert.equal(answer.headers['sec-websocket-protocol'], 'ocpp1.6');
      }
      assert.equal((await shake(context, '{base}/FREE')).status, 101);
      const hex = await shake(context, '{base}/KEY-16', { authorization: basic('KEY-16', KEY_HEX) });
      assert.equal(hex.status, 401, 'the hex text of a key is no password without its quirk');
    },
  },
  {
    name: 'a station below its lowest security profile is refused, with the right password too (WP A05.FR.09)',
    settings: CLOSED,
    async run(context) {
      const answer = await shake(context, '{base}/HIGH', { authorization: basic('HIGH', PASSWORD) });
      assert.equal(answer.status, 403);
    },
  },
  {
    name: 'an identity is percent-decoded once; what it holds may be anything',
    settings: CLOSED,
    async run(context) {
      const id = 'RDAM 123/ü';
      const right = { authorization: basic(id, PASSWORD) };
      assert.equal((await shake(context, `{base}/${encodeURIComponent(id)}`, right)).status, 101);
      const twice = encodeURIComponent(encodeURIComponent(id));
      assert.equal((await shake(context, `{base}/${twice}`, right)).status, 404);
    },
  },
  ...VOCABULARIES.map(({ version }): Scenario => ({
    name: `${version}: behind closed doors the independent client charges with a known token; others are told no, but always get an answer (1.6 4.8, 2.0.1 E01)`,
    settings: CLOSED,
    async run(context) {
      const vocabulary = vocabularyOf(version);
      const stationId = 'KNOWN';
      const client = await context.strict(version, { stationId, password: PASSWORD });
      assert.equal((await client.call(...vocabulary.boot()))['status'], 'Accepted');
      const statusOf = async (idToken: string): Promise<string | undefined> =>
        vocabulary.tokenStatus(await client.call(...vocabulary.authorize(idToken)));
      assert.equal(await statusOf('GOOD'), 'Accepted');
      assert.equal(await statusOf('good'), 'Accepted');
      assert.equal(await statusOf('BAD'), 'Blocked');
      assert.equal(await statusOf('OLD'), 'Expired');
      assert.equal(await statusOf('WHO'), version === '1.6' ? 'Invalid' : 'Unknown');
      for (const idToken of ['GOOD', 'WHO']) {
        const session = sessionOf({ idToken, transactionId: `tx-${idToken}-${version}` });
        const started = await client.call(...vocabulary.start(session));
        assert.equal(vocabulary.tokenStatus(started), await statusOf(idToken));
        const id = vocabulary.idOf(session, started);
        assert.ok(id !== undefined && id !== 0);
        await client.call(...vocabulary.stop(session, id, 1));
      }
    },
  })),
];

const open: readonly Scenario[] = [
  {
    name: 'a path that holds no station id, or one that cannot be decoded, is answered 400; another path 404',
    async run(context) {
      for (const path of [
        '{base}/',
        '{base}',
        '{base}/%',
        '{base}/a%2',
        '{base}/a%zz',
        '{base}/%ff',
        '{base}/a%00b',
      ]) {
        assert.equal((await shake(context, path)).status, 400, path);
      }
      for (const path of ['/', '/other/CS', '/metrics']) {
        assert.equal((await shake(context, path)).status, 404, path);
      }
    },
  },
  {
    name: 'double slashes and a trailing slash are tolerated; a query is no part of the id',
    async run(context) {
      for (const path of [
        `{base}//${context.stationId}`,
        `{base}/${context.stationId}/`,
        `{base}/${context.stationId}?a=/b`,
      ]) {
        assert.equal((await shake(context, path)).status, 101, path);
      }
      const events = await context.eventsWith('station.disconnected', 3);
      assert.ok(events.length >= 6);
    },
  },
  {
    name: 'the first version of the client’s list that is served is taken and echoed (1.6J 3.2)',
    async run(context) {
      const lists = [
        [['ocpp2.0.1', 'ocpp1.6'], 'ocpp2.0.1'],
        [['ocpp1.6', 'ocpp2.1'], 'ocpp1.6'],
        [['ocpp3.0', 'ocpp1.5', 'ocpp2.1'], 'ocpp2.1'],
        [['soap', 'ocpp1.6'], 'ocpp1.6'],
      ] as const;
      for (const [protocols, taken] of lists) {
        const answer = await shake(context, `{base}/${context.stationId}`, { protocols });
        assert.equal(answer.status, 101);
        assert.equal(answer.headers['sec-websocket-protocol'], taken);
      }
    },
  },
  {
    name: 'a version in the path does not choose the OCPP version (2.1 part 4, 3.1.2)',
    async run(context) {
      const answer = await shake(context, `{base}/ocpp2.0.1/${context.stationId}`, {
        protocols: ['ocpp1.6'],
      });
      assert.equal(answer.status, 101);
      assert.equal(answer.headers['sec-websocket-protocol'], 'ocpp1.6');
    },
  },
  {
    name: 'without a common version the handshake completes without the header, then the connection is closed (1.6J 3.2)',
    async run(context) {
      for (const protocols of [['ocpp1.5'], ['ocpp2.0'], ['soap', 'graphql-ws'], []]) {
        const answer = await shake(context, `{base}/${context.stationId}`, { protocols }, true);
        assert.equal(answer.status, 101);
        assert.equal(answer.headers['sec-websocket-protocol'], undefined);
        assert.equal(answer.closeCode, 1002);
      }
      assert.deepEqual(await context.events(), []);
    },
  },
  {
    name: 'the spellings of real stations are understood and echoed as they came (CONFORMANCE 7)',
    async run(context) {
      for (const protocol of ['OCPP1.6', 'ocpp2.0.1.1', 'Ocpp2.1']) {
        const answer = await shake(context, `{base}/${context.stationId}`, { protocols: [protocol] });
        assert.equal(answer.headers['sec-websocket-protocol'], protocol);
      }
    },
  },
  {
    name: 'what is no WebSocket handshake is told so',
    async run(context) {
      const url = context.topology.ocppUrl.replace(/^ws/, 'http');
      const response = await fetch(`${url}/${context.stationId}`);
      assert.equal(response.status, 426);
    },
  },
  {
    name: 'a 2.x station that offers compression gets it, a 1.6 one does not (RFC 7692)',
    async run(context) {
      const extensions = async (protocol: string): Promise<unknown> =>
        (await shake(context, `{base}/${context.stationId}`, { protocols: [protocol], compression: true }))
          .headers['sec-websocket-extensions'];
      assert.match(String(await extensions('ocpp2.0.1')), /permessage-deflate/);
      assert.match(String(await extensions('ocpp2.1')), /permessage-deflate/);
      assert.equal(await extensions('ocpp1.6'), undefined);
    },
  },
];

export const HANDSHAKES: readonly Scenario[] = [...closed, ...open];
