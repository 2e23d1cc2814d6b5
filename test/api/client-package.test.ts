import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import ts from 'typescript';
import { script } from './made-by-scripts.js';

const run = promisify(execFile);
const MODULES = path.resolve('node_modules');

const SERVICE = `
import { connect, CommandError, type ReceivedEvent } from 'stationmaster/client';
const gateway = connect({ address: '127.0.0.1:1', token: 'a' });
const { status } = await gateway.send('A', 'Reset', { type: 'OnIdle' });
const told: 'Accepted' | 'Rejected' | 'Scheduled' = status;
// @ts-expect-error no station can be reset in this way
await gateway.send('A', 'Reset', { type: 'Softly' });
for await (const { event } of gateway.events({ types: ['transaction.ended'] })) {
  const id: string = event.data.transactionId;
  console.log(id, told, CommandError);
}
export type Received = ReceivedEvent;
`;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

test('the client as a package: what is packed, compiles and runs with its own dependencies only', async (t) => {
  const home = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const folder = path.join(home, 'node_modules/stationmaster');
  const { writeClientPackage } = await script('client-package');
  writeClientPackage(folder);

  const { dependencies } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    const link = path.join(home, 'node_modules', name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.join(MODULES, name), link);
  }

  await t.test('npm packs code, types and what is to be read', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: folder });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const packed = files.map((file) => file.path);
    for (const file of ['libs/api/client/mod.js', 'libs/api/client/mod.d.ts', 'README.md', 'LICENSE']) {
      assert.ok(packed.includes(file), `${file} is not packed`);
    }
    assert.deepEqual(
      packed.filter((file) => /\.(ts|map)$/.test(file) && !file.endsWith('.d.ts')),
      [],
    );
  });

  await t.test('its types are there', async () => {
    const file = path.join(home, 'service.mts');
    await writeFile(file, SERVICE);
    const options = {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts'],
      types: ['node'],
      typeRoots: [path.join(home, 'node_modules/@types')],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    };
    const program = ts.createProgram([file], options);
    const host = ts.createCompilerHost(options);
    assert.equal(ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host), '');
  });

  await t.test('what its types refer to is packed', async () => {
    const files = await readdir(folder, { recursive: true });
    for (const file of files.filter((each) => each.endsWith('.d.ts'))) {
      const { importedFiles } = ts.preProcessFile(await readFile(path.join(folder, file), 'utf8'));
      for (const { fileName } of importedFiles.filter((each) => each.fileName.startsWith('.'))) {
        const wanted = path.join(path.dirname(file), fileName.replace(/\.js$/, '.d.ts'));
        assert.ok(files.includes(wanted), `${file} refers to ${wanted}`);
      }
    }
  });

  await t.test('it can be imported', async () => {
    const file = path.join(home, 'service.mjs');
    await writeFile(
      file,
      "import { connect } from 'stationmaster/client';\nconnect({ address: '127.0.0.1:1' }).close();\n",
    );
    await run(process.execPath, [file]);
  });
});
