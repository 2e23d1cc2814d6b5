// Everything that needs no run of the code: formatting, types, lint (which holds the dependency rule), the .proto files.
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { checkProtos } from './protos.mjs';
import { installDependencies, run } from './setup.mjs';

export async function check() {
  installDependencies();
  await build();
  checkProtos();
  run(process.execPath, ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']);
  run(process.execPath, ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.']);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await check();
