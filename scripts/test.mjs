// `npm test`: sets the checkout up, checks it, and runs every test of the built code.
// `npm test -- PART…` runs only the test files whose path contains one of the parts, without the checks.
// NATS and Redis are installed first where they are missing and that is allowed; a full run does not go on without them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { haveServers } from './servers.mjs';
import { installDependencies, root } from './setup.mjs';

const parts = process.argv.slice(2);
if (!haveServers() && parts.length === 0) process.exit(1);
installDependencies();
if (parts.length === 0) {
  const { check } = await import('./check.mjs');
  await check();
} else {
  const { build } = await import('./build.mjs');
  await build();
}

const dist = path.join(root, 'dist');
const files = readdirSync(dist, { recursive: true })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`stationmaster: no test file matches ${parts.join(' ')}\n`);
  process.exit(1);
}
const result = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-concurrency=2', ...files.map((file) => path.join(dist, file))],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
process.exit(result.status ?? 1);
