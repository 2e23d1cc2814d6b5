import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LOOPBACK, ServerProcess } from '../../libs/servers/mod.js';
import { StrictClient } from '../client/strict-client.js';

const BUILT = fileURLToPath(new URL('../../', import.meta.url));
const BUILDER = path.resolve('deploy/image.mjs');
const SERVICES = ['edge', 'worker', 'api', 'standalone', 'provision', 'tap'];
const MOST_BYTES = 60e6;

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function node(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Ran> {
  const options = { cwd, timeout: 30_000, env: { PATH: process.env['PATH'], ...env } };
  return await new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
  });
}

const build = (out: string) => node([BUILDER, '--out', out, '--built', BUILT], path.resolve('.'));

describe('the content of the image, built into an empty folder', () => {
  // Not below the project: nothing can be found in its node_modules.
  let folder: string;
  let image: string;
  let built: { bytes: number; files: number; packages: number; natives: readonly string[] };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-image-'));
    image = path.join(folder, 'app');
    const { status, stdout, stderr } = await build(image);
    assert.equal(status, 0, stderr);
    built = JSON.parse(stdout) as typeof built;
  });
  after(() => rm(folder, { recursive: true }));

  for (const service of SERVICES) {
    test(`${service} starts: it answers --help`, async () => {
      const { status, stdout, stderr } = await node(
        [path.join(image, 'main.mjs'), service, '--help'],
        folder,
      );
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`^Usage: stationmaster ${service}( <[\\w ]+>)? \\[--flag value …\\]`));
      assert.doesNotMatch(stdout, /\bnpm (run|start)\b/, 'there is none in the image');
      assert.match(stdout, /STATIONMASTER_/);
    });
  }

  test('any other service, and none, is refused with a line that names them', async () => {
    for (const args of [[], ['simulator'], ['../edge'], ['--help']]) {
      const { status, stderr } = await node([path.join(image, 'main.mjs'), ...args], folder);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /^stationmaster: the first argument is the service: api, edge, provision, standalone, tap, worker\n$/,
      );
    }
  });

  test('standalone serves a station, with the native socket where there is one, and its health check agrees', async (t) => {
    const lines: string[] = [];
    const gateway = new ServerProcess({
      name: 'the image',
      program: process.execPath,
      args: () => [
        ...[path.join(image, 'main.mjs'), 'standalone', '--host', LOOPBACK, '--ocpp-port', '0'],
        ...['--grpc-port', '0', '--ops-host', LOOPBACK, '--ops-port', '0', '--drain-time', '0s'],
        ...['--data-dir', path.join(folder, 'data')],
      ],
      env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
      startDeadlineMs: 30_000,
      stopDeadlineMs: 30_000,
      onLine: (line) => void lines.push(line),
      isReady: () => Promise.resolve(lines.some((line) => line.includes('"gateway_started"'))),
    });
    t.after(() => gateway.kill9());
    await gateway.start();
    const started = lines.find((line) => line.includes('"gateway_started"')) ?? '{}';
    const { ocppPort, opsPort } = JSON.parse(started) as Record<string, number>;

    const station = await StrictClient.connect({
      url: `ws://${LOOPBACK}:${ocppPort}/ocpp`,
      stationId: 'CS-1',
      version: '1.6',
    });
    const answer = await station.call('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
    assert.equal(answer['status'], 'Accepted');
    station.cut();
    if (built.natives.some((file) => file.includes('/uws_'))) {
      assert.ok(!lines.some((line) => line.includes('"socket":"ws"')), lines.join('\n'));
    }

    const health = path.join(image, 'health.mjs');
    const well = await node([health], folder, { STATIONMASTER_OPS_PORT: String(opsPort) });
    assert.equal(well.status, 0, well.stderr);
    assert.equal(await gateway.stop(), 0, lines.join('\n'));
    const ill = await node([health], folder, { STATIONMASTER_OPS_PORT: String(opsPort) });
    assert.equal(ill.status, 1);
    assert.match(ill.stderr, /^stationmaster: http.*ECONNREFUSED/);
  });

  test('nothing in it is only for development', async () => {
    const { dependencies, devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const has = (name: string) => existsSync(path.join(image, 'node_modules', name));
    // @types/node comes with a package for production; without its declarations.
    for (const name of Object.keys(devDependencies ?? {}).filter((name) => !name.startsWith('@types/'))) {
      assert.ok(!has(name), `${name} is in the image`);
    }
    for (const name of Object.keys(dependencies ?? {})) assert.ok(has(name), `${name} is not in the image`);
    const files = await readdir(image, { recursive: true });
    const idle = files.filter((file) =>
      /\.test\.|\.fixture\.|contract|\.ts$|(^|\/)\.(bin|package-lock)/.test(file),
    );
    assert.deepEqual(
      idle.filter((file) => !file.startsWith('node_modules')),
      [],
    );
    assert.deepEqual(
      files.filter((file) => file.endsWith('.ts')),
      [],
    );
  });

  test('every package is there in its locked version, and no other', async () => {
    const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
      packages: Record<
        string,
        { version?: string; dev?: boolean; optional?: boolean; devOptional?: boolean }
      >;
    };
    const files = await readdir(image, { recursive: true });
    const manifests = files.filter((file) =>
      /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(file),
    );
    for (const file of manifests) {
      const place = path.dirname(file);
      const { version } = JSON.parse(await readFile(path.join(image, file), 'utf8')) as { version: string };
      assert.equal(packages[place]?.version, version, place);
      assert.notEqual(packages[place]?.dev, true, `${place} is only for development`);
    }
    assert.equal(manifests.length, built.packages);
    for (const [place, entry] of Object.entries(packages)) {
      if (place === '' || entry.dev === true || entry.optional === true || entry.devOptional === true)
        continue;
      assert.ok(manifests.includes(`${place}/package.json`), `${place} is missing`);
    }
  });

  test('native binaries are those of this platform and this Node', async (t) => {
    const files = await readdir(image, { recursive: true });
    const natives = files.filter((file) => file.endsWith('.node')).sort();
    assert.deepEqual(natives, built.natives);
    const { platform, arch, versions } = process;
    for (const file of natives) {
      const name = path.basename(file);
      if (name.startsWith('uws_')) assert.equal(name, `uws_${platform}_${arch}_${versions.modules}.node`);
      else assert.match(name, new RegExp(`^node\\.(abi${versions.modules}|napi)(\\.glibc|\\.musl)?\\.node$`));
    }
    for (const owner of ['lmdb', 'msgpackr-extract']) {
      assert.ok(
        natives.some((file) => file.includes(owner)),
        `${owner} has no native binary`,
      );
    }
    t.diagnostic(`${(built.bytes / 1e6).toFixed(1)} MB in ${built.files} files: ${natives.join(', ')}`);
    assert.ok(built.bytes < MOST_BYTES, `${built.bytes} bytes`);
  });

  test('it can be built again, the same to the byte, mode and time', async () => {
    const again = path.join(folder, 'again');
    const { status, stderr } = await build(again);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await told(again), await told(image));
  });

  test('a folder with something in it is left alone', async () => {
    const full = await mkdtemp(path.join(folder, 'full-'));
    await writeFile(path.join(full, 'mine'), 'mine');
    const { status, stderr } = await build(full);
    assert.equal(status, 1);
    assert.match(stderr, /^stationmaster: .* is not empty\n$/);
    assert.deepEqual(await readdir(full), ['mine']);
  });
});

/** What of each file makes a layer differ. */
async function told(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder, { recursive: true })).sort();
  return await Promise.all(
    files.map(async (file) => {
      const place = path.join(folder, file);
      const status = await stat(place);
      const bytes = status.isDirectory() ? '' : await readFile(place);
      const hash = createHash('sha256').update(bytes).digest('hex');
      return `${file} ${status.mode.toString(8)} ${status.mtimeMs} ${hash}`;
    }),
  );
}
