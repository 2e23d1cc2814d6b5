// Builds the content of the image into an empty folder: `node deploy/image.mjs --out <folder> [--built dist]`.
// The Dockerfile runs it, and so does the suite, which starts every service from what it made.
//
// What goes in: the code that the services reach by their imports, the packages that package-lock.json names for
// production, each as installed, and the two programs in deploy/image/. What stays out: tests, the simulator, what only
// builds, type declarations, and native binaries of other platforms and other versions of Node.
import {
  chmodSync,
  cpSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { keptNativeBinary } from './native-binaries.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
export const SERVICES = ['edge', 'worker', 'api', 'standalone', 'provision', 'tap'];
/** Not needed to run: declarations, maps of packages, sources, texts. Licences stay. */
const IDLE_FILE = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|cc|cpp|c|h|gyp|gypi|svg|flow)$|^(Makefile|\..*)$/i;
const LICENCE = /^(licen[cs]e|notice|copying)/i;
/** Of these packages only the program itself is used. */
const IDLE_FOLDERS = {
  'uWebSockets.js': ['docs', 'examples', 'misc', 'mvp', 'scripts', 'src', 'tests'],
  lmdb: ['bin', 'dependencies', 'src'],
  'msgpackr-extract': ['bin', 'src'],
};

/**
 * @param {{ out: string, built: string }} options `out`: a folder that is not there or empty; `built`: the compiled code.
 * @returns {{ bytes: number, files: number, packages: string[], natives: string[] }}
 * @throws Error when `out` is not empty, the code imports a package that is not for production, or one is not installed as locked.
 */
export function buildImage({ out, built }) {
  if (existsSync(out) && readdirSync(out).length > 0) throw new Error(`${out} is not empty`);
  const { version, name, dependencies } = readJson(path.join(root, 'package.json'));
  const code = reached(
    built,
    SERVICES.map((service) => `services/${service}/main.js`),
  );
  for (const [imported, by] of code.packages) {
    if (!(imported in dependencies)) {
      throw new Error(`${by} imports ${imported}: add it to "dependencies" of package.json`);
    }
  }
  for (const file of code.files) {
    copy(path.join(built, file), path.join(out, file));
    if (existsSync(path.join(built, `${file}.map`))) {
      copy(path.join(built, `${file}.map`), path.join(out, `${file}.map`));
    }
  }
  const packages = productionPackages();
  for (const place of packages) copyPackage(place, out);
  for (const program of ['main.mjs', 'health.mjs']) {
    copy(path.join(root, 'deploy/image', program), path.join(out, program));
  }
  copy(path.join(root, 'LICENSE'), path.join(out, 'LICENSE'));
  const manifest = { name, version, private: true, type: 'module', license: 'Apache-2.0', dependencies };
  writeFileSync(path.join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return { ...settle(out), packages };
}

/** The files that the programs reach by relative imports and URLs, and the packages that they import, with one that does. */
function reached(built, programs) {
  const files = new Set();
  const packages = new Map();
  const queue = [...programs];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    if (!existsSync(path.join(built, file)))
      throw new Error(`${path.join(built, file)} is missing: npm run build`);
    files.add(file);
    if (!file.endsWith('.js')) continue;
    for (const specifier of specifiersIn(readFileSync(path.join(built, file), 'utf8'))) {
      if (specifier.startsWith('.')) queue.push(path.posix.join(path.posix.dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.set(packageOf(specifier), file);
    }
  }
  return { files: [...files].sort(), packages };
}

const IMPORTED = /^\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm;
const IMPORTED_LATER = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
const FILE_BESIDE = /\bnew URL\(\s*['"](\.[^'"]*[^'"/])['"]\s*,\s*import\.meta\.url\s*\)/g;

const specifiersIn = (text) =>
  [IMPORTED, IMPORTED_LATER, FILE_BESIDE].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, first, second]) => first ?? second),
  );

const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** `node_modules/…` of every package for production; optional ones only where they are installed, as npm does it. */
function productionPackages() {
  const { packages } = readJson(path.join(root, 'package-lock.json'));
  return Object.entries(packages)
    .filter(([place, entry]) => place !== '' && entry.dev !== true)
    .filter(([place, entry]) => {
      const installed = path.join(root, place, 'package.json');
      if (!existsSync(installed)) {
        if (entry.optional === true || entry.devOptional === true) return false;
        throw new Error(`${place} is not installed: npm ci`);
      }
      if (readJson(installed).version === entry.version) return true;
      throw new Error(`${place} is not the locked version ${entry.version}: npm ci`);
    })
    .map(([place]) => place)
    .sort();
}

function copyPackage(place, out) {
  const from = path.join(root, place);
  const idle = IDLE_FOLDERS[place.slice('node_modules/'.length)] ?? [];
  cpSync(from, path.join(out, place), {
    recursive: true,
    dereference: true,
    filter: (source) => {
      const inside = path.relative(from, source).split(path.sep).join('/');
      if (inside === '') return true;
      // Packages within it are packages of their own.
      if (inside === 'node_modules' || inside.startsWith('node_modules/')) return false;
      const file = path.basename(source);
      if (statSync(source).isDirectory()) return !idle.includes(inside) && !file.startsWith('.');
      if (file.endsWith('.node')) return keptNativeBinary(file);
      return LICENCE.test(file) || !IDLE_FILE.test(file);
    },
  });
}

/** Same modes and times whenever and by whomever it is built; counts what is there. */
function settle(out) {
  const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? 0);
  const entries = readdirSync(out, { withFileTypes: true, recursive: true });
  let bytes = 0;
  const natives = [];
  // Folders that hold nothing any more say nothing; deepest first.
  const named = entries
    .map((entry) => ({
      file: path.join(entry.parentPath ?? entry.path, entry.name),
      folder: entry.isDirectory(),
    }))
    .sort((a, b) => b.file.length - a.file.length);
  let files = 0;
  for (const { file, folder } of named) {
    if (folder && readdirSync(file).length === 0) {
      rmSync(file, { recursive: true });
      continue;
    }
    chmodSync(file, folder ? 0o755 : 0o644);
    if (!folder) {
      files += 1;
      bytes += statSync(file).size;
      if (file.endsWith('.node')) natives.push(path.relative(out, file).split(path.sep).join('/'));
    }
  }
  for (const { file } of named) if (existsSync(file)) lutimesSync(file, epoch, epoch);
  lutimesSync(out, epoch, epoch);
  return { bytes, files, natives: natives.sort() };
}

function copy(from, to) {
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(from, to);
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, built: { type: 'string', default: path.join(root, 'dist') } },
  });
  if (values.out === undefined) {
    process.stderr.write('usage: node deploy/image.mjs --out <empty folder> [--built <compiled code>]\n');
    process.exit(2);
  }
  try {
    const { bytes, files, packages, natives } = buildImage({ out: values.out, built: values.built });
    process.stdout.write(`${JSON.stringify({ bytes, files, packages: packages.length, natives })}\n`);
  } catch (error) {
    process.stderr.write(`stationmaster: ${error.message}\n`);
    process.exit(1);
  }
}
