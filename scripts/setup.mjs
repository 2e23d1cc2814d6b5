// Brings a checkout to the state in which its services can run: dependencies installed, code built.
// Uses nothing but Node, so that it works in a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

function fail(text) {
  process.stderr.write(`stationmaster: ${text}\n`);
  process.exit(1);
}

/** Runs a command in the project's root; its output goes to stderr, stdout stays the service's own. */
export function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (result.error) fail(`cannot run ${command}: ${result.error.message}`);
  if (result.status !== 0) fail(`'${command} ${args.join(' ')}' failed (see above)`);
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`Node 20 or newer is needed, this is ${process.version}`);
}

/** npm writes node_modules/.package-lock.json when it is done: older than the lockfile means out of date. */
function dependenciesAreCurrent() {
  const marker = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(marker)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const have = JSON.parse(readFileSync(marker, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([name, entry]) => name === '' || entry.optional === true || have[name]?.version === entry.version,
  );
}

export function installDependencies() {
  checkNode();
  if (dependenciesAreCurrent()) return;
  process.stderr.write('stationmaster: installing dependencies (npm ci)…\n');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}
