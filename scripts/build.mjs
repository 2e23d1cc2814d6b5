// Generates the OCPP types and validators and the code of the gRPC services when their sources changed, compiles, and
// copies what the compiler does not.
// Skips what is up to date; `--out DIR` compiles elsewhere.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './setup.mjs';

const SOURCES = ['libs', 'services', 'test', 'bench', 'examples'];
const OCPP = path.join(root, 'libs/ocpp/generated');
const API = path.join(root, 'libs/api/generated');
const DESCRIPTORS = path.join(API, 'stationmaster.binpb');

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

/** Empties `folder` and has `make` fill it, when `sources` are not those that it was made from. */
async function generate(folder, what, sources, make) {
  const stamp = path.join(folder, '.stamp');
  const wanted = digest(sources);
  if (readStamp(stamp) === wanted) return;
  process.stderr.write(`stationmaster: generating ${what}…\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make();
  writeFileSync(stamp, wanted);
}

async function generateOcpp() {
  const sources = [
    path.join(root, 'scripts/generate-ocpp.mjs'),
    ...filesUnder(path.join(root, 'node_modules/ocpp-rpc/lib/schemas'), (name) => name.endsWith('.json')),
  ];
  await generate(OCPP, 'OCPP types and validators', sources, async () => {
    const { generateOcpp: make } = await import('./generate-ocpp.mjs');
    await make(OCPP);
  });
}

async function generateApi() {
  const sources = [
    ...['buf.yaml', 'buf.gen.yaml', 'package-lock.json'].map((name) => path.join(root, name)),
    ...filesUnder(path.join(root, 'libs/api/proto'), (name) => name.endsWith('.proto')),
  ];
  await generate(API, 'the code of the gRPC services', sources, () => {
    const buf = path.join(root, 'node_modules/@bufbuild/buf/bin/buf');
    run(process.execPath, [buf, 'generate']);
    run(process.execPath, [buf, 'build', '--output', DESCRIPTORS]);
  });
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
  await generateOcpp();
  await generateApi();
  const stamp = path.join(out, '.built');
  const wanted = digest([
    path.join(root, 'tsconfig.json'),
    path.join(root, 'package-lock.json'),
    ...SOURCES.flatMap((folder) => filesUnder(path.join(root, folder), (name) => /\.(ts|js)$/.test(name))),
  ]);
  if (readStamp(stamp) === wanted) return;
  process.stderr.write('stationmaster: compiling…\n');
  mkdirSync(out, { recursive: true });
  for (const file of [...filesUnder(OCPP, (name) => name.endsWith('.js')), DESCRIPTORS]) {
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
