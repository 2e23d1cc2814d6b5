import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../../libs/ops/mod.js';
import { parseText, readDocument } from '../../libs/ops/mod.js';
import { readStations, stationsOf } from './stations-file.js';

const stations = (text: string, name = 'stations.yaml') => stationsOf(parseText(name, text));

/** The lines of the refusal. */
function refusal(text: string, name = 'stations.yaml'): string[] {
  try {
    stations(text, name);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n');
  }
  return assert.fail('was not refused');
}

const HASH = Buffer.alloc(32, 7).toString('base64');
const SALT = Buffer.alloc(16, 9).toString('base64');

test('reads every kind of station from YAML', () => {
  const entries = stations(`
# the depot
stations:
  - id: CS-0001
    password: sixteen-chars-00
  - id: CS 2/ä
    passwordHex: 000102030405060708090a0b0c0d0e0f
    quirks: [hex_password]
  - id: CS-0003
    password: [old-password-000, new-password-0000]
    minimumSecurityProfile: 2
    disabled: true
  - id: CS-0004
    credential: { algorithm: hmac-sha256, salt: "${SALT}", hash: "${HASH}" }
  - { id: lab, noPassword: true }
  - { id: cert, serialNumber: SN-1, minimumSecurityProfile: 3 }
`);
  assert.deepEqual(
    entries.map(({ stationId }) => stationId),
    ['CS-0001', 'CS 2/ä', 'CS-0003', 'CS-0004', 'lab', 'cert'],
  );
  assert.deepEqual(entries[0], {
    stationId: 'CS-0001',
    disabled: false,
    passwords: [Buffer.from('sixteen-chars-00')],
    credentials: [],
    serialNumber: undefined,
    minimumSecurityProfile: undefined,
    quirks: [],
  });
  assert.deepEqual(entries[1]?.passwords, [
    Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
  ]);
  assert.deepEqual(entries[1]?.quirks, ['hex_password']);
  assert.deepEqual(entries[2]?.passwords.map(String), ['old-password-000', 'new-password-0000']);
  assert.equal(entries[2]?.minimumSecurityProfile, 2);
  assert.equal(entries[2]?.disabled, true);
  assert.deepEqual(entries[3]?.credentials, [{ algorithm: 'hmac-sha256', salt: SALT, hash: HASH }]);
  assert.deepEqual(entries[4]?.passwords, []);
  assert.deepEqual([entries[5]?.serialNumber, entries[5]?.passwords], ['SN-1', []]);
});

test('reads the same from JSON', () => {
  const text = JSON.stringify({ stations: [{ id: 'A', password: 'sixteen-chars-00' }] }, null, 2);
  assert.equal(stations(text, 'stations.json')[0]?.stationId, 'A');
});

test('an empty list is a closed door for everyone', () => {
  assert.deepEqual(stations('stations: []'), []);
});

const BAD: readonly (readonly [what: string, text: string, ...lines: (string | RegExp)[]])[] = [
  [
    'an empty file',
    '',
    "stations.yaml:1: must hold a list named 'stations' (an empty one is written 'stations: []')",
  ],
  ['a list at the top', '- id: A', /^stations\.yaml:1: must hold a list named 'stations'/],
  ['no list', 'stations: 5', /^stations\.yaml:1: stations: must hold a list named 'stations'/],
  [
    'another key beside it',
    'stations: []\ntokens: []',
    "stations.yaml:2: tokens: is not known here; the file holds only 'stations'",
  ],
  [
    'an entry that is no object',
    'stations:\n  - A',
    'stations.yaml:2: stations[0]: must be an object with named fields',
  ],
  [
    'an id that is missing',
    'stations:\n  - password: sixteen-chars-00',
    'stations.yaml:2: stations[0].id: is missing',
  ],
  [
    'an id that YAML takes for a number',
    'stations:\n  - id: 0012\n    noPassword: true',
    'stations.yaml:2: stations[0].id: must be text: put it in quotes',
  ],
  [
    'an id with a colon',
    'stations:\n  - id: "a:b"\n    noPassword: true',
    "stations.yaml:2: stations[0].id: must not contain ':' (a user name of Basic authentication cannot)",
  ],
  [
    'an empty id',
    'stations:\n  - id: ""\n    noPassword: true',
    /stations\[0\]\.id: must be 1 to 255 bytes of UTF-8, has 0/,
  ],
  [
    'a control character',
    'stations:\n  - id: "a\\nb"\n    noPassword: true',
    /must not contain control characters/,
  ],
  [
    'no word about a password',
    'stations:\n  - id: A',
    'stations.yaml:2: stations[0]: needs password, passwordHex, credential or serialNumber (or noPassword: true to let it in without one)',
  ],
  [
    'a password and noPassword',
    'stations:\n  - id: A\n    password: sixteen-chars-00\n    noPassword: true',
    'stations.yaml:4: stations[0].noPassword: contradicts the password or serial number that is given',
  ],
  [
    'a short password',
    'stations:\n  - id: A\n    password: geheim',
    'stations.yaml:3: stations[0].password: must be 16 to 64 characters (16 to 20 for OCPP 1.6), has 6',
  ],
  [
    'a short password in a list',
    'stations:\n  - id: A\n    password: [sixteen-chars-00, geheim]',
    'stations.yaml:3: stations[0].password[1]: must be 16 to 64 characters (16 to 20 for OCPP 1.6), has 6',
  ],
  [
    'too many passwords',
    `stations:\n  - id: A\n    password: [${Array(5).fill('sixteen-chars-00').join(', ')}]`,
    'stations.yaml:3: stations[0].password: must be at most 4, has 5',
  ],
  [
    'hex that is not hex',
    'stations:\n  - id: A\n    passwordHex: 0001xx',
    /passwordHex: must be 32 to 40 hex digits, .* has 6 characters$/,
  ],
  [
    'a hash of the wrong size',
    `stations:\n  - id: A\n    credential: { salt: "${SALT}", hash: "${SALT}" }`,
    'stations.yaml:3: stations[0].credential.hash: must be base64 of 32 bytes',
  ],
  [
    'a profile that does not exist',
    'stations:\n  - id: A\n    noPassword: true\n    minimumSecurityProfile: 4',
    'stations.yaml:4: stations[0].minimumSecurityProfile: must be a whole number from 0 to 3',
  ],
  [
    'disabled as text',
    'stations:\n  - id: A\n    noPassword: true\n    disabled: "yes"',
    'stations.yaml:4: stations[0].disabled: must be true or false',
  ],
  [
    'a quirk nobody knows',
    'stations:\n  - id: A\n    noPassword: true\n    quirks: [odd]',
    /quirks: must be a list of .*hex_password/,
  ],
  [
    'a misspelt field',
    'stations:\n  - id: A\n    noPassword: true\n    disabeld: true',
    /^stations\.yaml:4: stations\[0\]\.disabeld: is not known, did you mean disabled\? \(known: id, /,
  ],
  [
    'the same id twice',
    'stations:\n  - id: A\n    noPassword: true\n  - id: A\n    noPassword: true',
    "stations.yaml:4: stations[1].id: 'A' is the id of stations[0] too",
  ],
  ['a key twice', 'stations: []\nstations: []', /^stations\.yaml:2: Map keys must be unique/],
  ['broken YAML', 'stations:\n  - id: "A', /^stations\.yaml:2: Missing closing "quote/],
  ['an alias without anchor', 'stations: *x', /^stations\.yaml/],
  [
    'several mistakes at once',
    'stations:\n  - id: A\n  - id: 5\n    password: x',
    /^stations\.yaml:2: stations\[0\]: needs/,
    /^stations\.yaml:3: stations\[1\]\.id: must be text/,
    /^stations\.yaml:4: stations\[1\]\.password: must be/,
  ],
];

for (const [what, text, ...lines] of BAD) {
  test(`refuses ${what}`, () => {
    const said = refusal(text);
    assert.equal(said.length, lines.length, said.join('\n'));
    lines.forEach((line, at) => {
      if (typeof line === 'string') assert.equal(said[at], line);
      else assert.match(said[at] ?? '', line);
    });
    assert.ok(!said.join('\n').includes('geheim'), 'a password is never repeated');
  });
}

test('JSON mistakes are told with their lines', () => {
  assert.deepEqual(
    refusal('{\n "stations": [\n  {"id": "A"}\n]}', 'stations.json')[0]?.slice(0, 30),
    'stations.json:3: stations[0]: ',
  );
  assert.match(refusal('{\n "stations": [', 'stations.json')[0] ?? '', /^stations\.json:2: /);
  assert.match(refusal('stations: []', 'stations.json')[0] ?? '', /^stations\.json: is not valid JSON/);
});

test('of very many problems the first twenty are told', () => {
  const said = refusal(`stations:\n${'  - 5\n'.repeat(500)}`);
  assert.equal(said.length, 21);
  assert.equal(said.at(-1), 'stations.yaml: and 480 more problems');
});

test('__proto__ is a field like any other', () => {
  assert.match(
    refusal('{"stations":[{"id":"A","noPassword":true,"__proto__":{"x":1}}]}', 's.json')[0] ?? '',
    /__proto__: is not known/,
  );
});

test('a file that is missing, or larger than it may be, is a ConfigError that names it', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stations-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'stations.yaml');
  await assert.rejects(readStations(file), {
    name: 'ConfigError',
    message: /stations\.yaml: cannot be read: ENOENT/,
  });
  await assert.rejects(readDocument(folder), { name: 'ConfigError', message: /cannot be read: EISDIR/ });
  await writeFile(file, 'stations: []');
  assert.deepEqual(await readStations(file), []);
});
