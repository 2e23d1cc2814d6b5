import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ConfigError, parseText } from '../../../libs/ops/mod.js';
import { clientsOf, tokenHash } from './clients-file.js';

const HASH = tokenHash('a-token');
const OTHER = tokenHash('another');

const read = (text: string, mutualTls = true) => clientsOf(parseText('clients.yaml', text), mutualTls);

/** The lines of what is wrong. */
function problems(text: string, mutualTls = true): string[] {
  try {
    read(text, mutualTls);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
  return [];
}

test('the hash of a token is its SHA-256 in hex, as sha256sum prints it', () => {
  assert.equal(tokenHash('secret'), '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b');
});

test('clients are known by their tokens and by their certificates', () => {
  const clients = read(`
clients:
  - { name: billing, tokenSha256: ["${HASH}", "${OTHER.toUpperCase()}"], roles: [read, decide] }
  - { name: provisioning, certificateCommonName: prov.example.com, roles: [provision] }
`);
  assert.equal(clients.count, 2);
  assert.equal(clients.byTokenHash.get(HASH)?.name, 'billing');
  assert.equal(clients.byTokenHash.get(OTHER), clients.byTokenHash.get(HASH));
  assert.deepEqual([...(clients.byTokenHash.get(HASH)?.roles ?? [])], ['read', 'decide']);
  assert.equal(clients.byCommonName.get('prov.example.com')?.name, 'provisioning');
});

test('an empty list lets nobody in', () => {
  assert.equal(read('clients: []').count, 0);
});

test('every mistake is named, with its line, and no token is repeated', () => {
  const found = problems(`
clients:
  - { name: "bad name", tokenSha256: "${HASH}", roles: [read] }
  - { name: a, tokenSha256: my-secret-token, roles: [read] }
  - { name: b, tokenSha256: "${OTHER}", roles: [reed] }
  - { name: c, tokenSha256: "${tokenHash('c')}" }
  - { name: d, roles: [] }
  - { name: e, tokenSha256: "${tokenHash('e')}", roles: [read], token: x }
`);
  assert.deepEqual(
    found.map((line) => line.split(' ')[0]),
    [
      'clients.yaml:3:',
      'clients.yaml:4:',
      'clients.yaml:5:',
      'clients.yaml:6:',
      'clients.yaml:7:',
      'clients.yaml:7:',
      'clients.yaml:8:',
    ],
  );
  assert.match(found[1] ?? '', /clients\[1\]\.tokenSha256: must be the token's SHA-256, 64 hex digits/);
  assert.match(found[2] ?? '', /roles: must be a list of read, command, provision, decide, tap$/);
  assert.match(found[3] ?? '', /needs roles/);
  assert.match(found[4] ?? '', /needs tokenSha256 .* or certificateCommonName$/);
  assert.ok(!found.join('\n').includes('my-secret-token'));
});

test('two clients cannot share a name, a token or a certificate', () => {
  const found = problems(`
clients:
  - { name: a, tokenSha256: "${HASH}", certificateCommonName: x, roles: [read] }
  - { name: a, tokenSha256: "${HASH}", certificateCommonName: x, roles: [read] }
`);
  assert.equal(found.length, 3);
  for (const line of found) assert.match(line, /:4: .* is the one of clients\[0\] too$/);
});

test('a certificate counts only where clients have to show one', () => {
  const text = 'clients: [{ name: a, certificateCommonName: x, roles: [read] }]';
  assert.equal(problems(text, true).length, 0);
  assert.match(problems(text, false).join(), /needs --grpc-client-ca/);
});

test("the guide's example is a good one", async () => {
  const guide = await readFile('docs/guides/security.md', 'utf8');
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(guide) ?? [];
  assert.equal(read(example).count, 2);
});
