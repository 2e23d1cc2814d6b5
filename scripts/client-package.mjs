// The TypeScript client as a package of its own, for services that are no part of this checkout: `npm run client-package`
// writes dist/stationmaster-<version>.tgz. It is imported by the same name as here, 'stationmaster/client', and has only the
// dependencies of the client.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { root, run } from './setup.mjs';

const CLIENT = 'libs/api/client/mod';

/** Fills `folder` with what `npm pack` packs. The code of the gRPC services must have been generated. */
export function writeClientPackage(folder) {
  const packages = emit(folder);
  const { version, license, engines, dependencies } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const manifest = {
    name: 'stationmaster',
    version,
    description: 'Client of Stationmaster, an OCPP gateway, for business services',
    license,
    type: 'module',
    exports: { './client': { types: `./${CLIENT}.d.ts`, default: `./${CLIENT}.js` } },
    engines,
    dependencies: Object.fromEntries([...packages].sort().map((name) => [name, dependencies[name]])),
  };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(path.join(root, 'libs/api/client/README.md'), path.join(folder, 'README.md'));
  copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
}

/** Compiles the client and all that it uses. Of libs/ocpp it uses types only. Gives the packages that the code imports. */
function emit(folder) {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const program = ts.createProgram([path.join(root, `${CLIENT}.ts`)], {
    ...options,
    outDir: folder,
    declaration: true,
    sourceMap: false,
    incremental: false,
    tsBuildInfoFile: undefined,
  });
  const packages = new Set();
  const { diagnostics } = program.emit(undefined, (file, text) => {
    const code = file.endsWith('.js');
    if (code && file.includes('/libs/ocpp/')) return;
    if (code) for (const name of packagesOf(text)) packages.add(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  });
  const host = {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  };
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, host));
  return packages;
}

function packagesOf(code) {
  return ts
    .preProcessFile(code)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('.') && !isBuiltin(name))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)[0]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { build } = await import('./build.mjs');
  await build();
  const folder = mkdtempSync(path.join(tmpdir(), 'stationmaster-client-'));
  try {
    writeClientPackage(folder);
    run('npm', ['pack', '--loglevel=error', '--pack-destination', path.join(root, 'dist'), folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
