// The servers, and the proxy and the monitoring beside them, that tests run against: found on the PATH, else installed from Debian's or Ubuntu's packages where that is
// allowed (root, or sudo without a password). Only `npm test` installs.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Each is the name of the program and of its package. */
const NEEDED = ['nats-server', 'redis-server'];
/** Without these the tests that use them are skipped, each with a notice. */
const WANTED = ['haproxy', 'prometheus'];
/** Debian keeps servers in sbin, which is not on every user's PATH. */
const SBIN = ['/usr/sbin', '/usr/local/sbin'];

/** For root's shell, the packages as arguments. A package that brings a service must neither start it, now or at the next boot. */
const INSTALL = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get -qq update
apt-get -qq install -y --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then systemctl disable "$@" || true; fi
`;

function isThere(program) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...SBIN];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const succeeds = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** How to run a command as root; undefined when we may not. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return succeeds('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}

function install(packages) {
  const prefix = succeeds('apt-get', ['--version']) ? rootPrefix() : undefined;
  if (prefix === undefined) return;
  process.stderr.write(`stationmaster: installing ${packages.join(' and ')} (apt-get)…\n`);
  const [command, ...args] = [...prefix, 'sh', '-c', INSTALL, 'install', ...packages];
  spawnSync(command, args, { stdio: ['ignore', 2, 2] });
}

const missing = (programs) => programs.filter((program) => !isThere(program));

/** True when the servers that are needed are there, perhaps just installed; else a line says what to install. */
export function haveServers() {
  for (const programs of [NEEDED, WANTED]) {
    if (missing(programs).length > 0) install(missing(programs));
  }
  const names = missing(NEEDED);
  if (names.length === 0) return true;
  process.stderr.write(
    `stationmaster: the tests need ${names.join(' and ')} on the PATH; Debian and Ubuntu: apt-get install ${names.join(' ')}\n`,
  );
  return false;
}
