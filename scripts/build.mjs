// Generates the OCPP types and validators when their sources changed, compiles, and copies the validators.
// Skips what is up to date; `--out DIR` compiles elsewhere.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './setup.mjs';

const SOURCES = ['libs', 'services', 'test', 'bench'];
const GENERATED = path.join(root, 'libs/ocpp/generated');

function filesUnder(folder, keep) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && keep(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

const readStamp = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

async function generate() {
  const stamp = path.join(GENERATED, '.stamp');
  const wanted = digest([
    path.join(root, 'scripts/generate-ocpp.mjs'),
    ...filesUnder(path.join(root, 'node_modules/ocpp-rpc/lib/schemas'), (name) => name.endsWith('.json')),
  ]);
  if (readStamp(stamp) === wanted) return;
  process.stderr.write('stationmaster: generating OCPP types and validators…\n');
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED, { recursive: true });
  const { generateOcpp } = await import('./generate-ocpp.mjs');
  await generateOcpp(GENERATED);
  writeFileSync(stamp, wanted);
}

/** Removes compiled files whose source is gone, so that a deleted test does not run on. */
function removeOrphans(out) {
  for (const file of filesUnder(out, (name) => /\.js(\.map)?$/.test(name))) {
    const source = path.join(root, path.relative(out, file).replace(/\.js(\.map)?$/, ''));
    if (!existsSync(`${source}.ts`) && !existsSync(`${source}.js`)) rmSync(file);
  }
}

export async function build(outName = 'dist') {
  const out = path.resolve(root, outName);
  await generate();
  const stamp = path.join(out, '.built');
  const wanted = digest([
    path.join(root, 'tsconfig.json'),
    path.join(root, 'package-lock.json'),
    ...SOURCES.flatMap((folder) => filesUnder(path.join(root, folder), (name) => /\.(ts|js)$/.test(name))),
  ]);
  if (readStamp(stamp) === wanted) return;
  process.stderr.write('stationmaster: compiling…\n');
  mkdirSync(out, { recursive: true });
  for (const file of filesUnder(GENERATED, (name) => name.endsWith('.js'))) {
    cpSync(file, path.join(out, path.relative(root, file)));
  }
  const info = path.join(out, '.tsbuildinfo');
  run(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '-p',
    '.',
    '--outDir',
    out,
    '--tsBuildInfoFile',
    info,
  ]);
  removeOrphans(out);
  writeFileSync(stamp, wanted);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const at = process.argv.indexOf('--out');
  await build(at === -1 ? 'dist' : process.argv[at + 1]);
}
