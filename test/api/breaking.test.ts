import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { script } from './made-by-scripts.js';

const PROTOS = 'libs/api/proto/stationmaster/v1';

/** Compares the protos, with one changed as given, with the last release. Status 100: the change breaks it. */
async function compare(t: TestContext, file: string, change: (proto: string) => string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  t.after(() => rm(folder, { recursive: true }));
  await cp('buf.yaml', path.join(folder, 'buf.yaml'));
  await cp('libs/api/proto', path.join(folder, 'libs/api/proto'), { recursive: true });
  const at = path.join(folder, PROTOS, file);
  const before = await readFile(at, 'utf8');
  const after = change(before);
  await writeFile(at, after);
  const { breaking } = await script('protos');
  const { status, stdout, stderr } = spawnSync(process.execPath, breaking(folder), { encoding: 'utf8' });
  return { status, said: stdout + stderr, changed: before !== after };
}

test('the protos break nobody who uses the last release', async (t) => {
  const { status, said } = await compare(t, 'commands.proto', (proto) => proto);
  assert.equal(status, 0, said);
});

test('a field and a method may be added', async (t) => {
  const { status, said, changed } = await compare(t, 'events.proto', (proto) =>
    proto
      .replace('  string json = 3;', '  string json = 3;\n  uint64 number = 4;')
      .replace('service EventService {', 'service EventService {\n  rpc Get(Event) returns (Event);'),
  );
  assert.ok(changed);
  assert.equal(status, 0, said);
});

const BREAKS: readonly (readonly [what: string, file: string, was: string, is: string, said: RegExp])[] = [
  [
    'a removed field',
    'events.proto',
    '  string json = 3;',
    '',
    /Previously present field "3" with name "json"/,
  ],
  ['a field of another type', 'commands.proto', '  bool once = 6;', '  string once = 6;', /changed type/],
  [
    'a field of another name',
    'commands.proto',
    'string supersede_key = 4;',
    'string key = 4;',
    /changed name/,
  ],
  ['a field of another number', 'stations.proto', 'bool rotating = 6;', 'bool rotating = 99;', /field "6"/],
  [
    'a removed method',
    'commands.proto',
    '  rpc GetJob(GetJobRequest) returns (GetJobResponse);',
    '',
    /Previously present RPC "GetJob"/,
  ],
  ['a removed value', 'commands.proto', '  COMMAND_STATE_ENDED = 3;', '', /enum value "3"/],
  [
    'a stream that is one answer',
    'commands.proto',
    'returns (stream FollowJobResponse)',
    'returns (FollowJobResponse)',
    /streaming/,
  ],
];

for (const [what, file, was, is, said] of BREAKS) {
  test(`${what} is found to break the last release`, async (t) => {
    const found = await compare(t, file, (proto) => proto.replace(was, is));
    assert.ok(found.changed, `${file} has no ${was}`);
    assert.equal(found.status, 100, found.said);
    assert.match(found.said, said);
  });
}
