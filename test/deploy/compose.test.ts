import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { types } from '../../libs/ops/mod.js';
import { findProgram, freePorts, LOOPBACK, programPath, ServerProcess } from '../../libs/servers/mod.js';
import { readClients } from '../../services/api/security/clients-file.js';
import { OPTIONS as API_OPTIONS } from '../../services/api/options.js';
import { OPTIONS as EDGE_OPTIONS } from '../../services/edge/options.js';
import { OPTIONS as PROVISION_OPTIONS } from '../../services/provision/options.js';
import { OPTIONS as WORKER_OPTIONS } from '../../services/worker/options.js';
import { composeErrors } from './compose-spec.js';
import { configured } from './configured.js';

const run = promisify(execFile);
/** Beside the drain time, an edge may take this for CALLs in flight and the servers that it leaves. */
const EDGE_MARGIN_MS = 20_000;
const OTHERS_STOP_MS = 30_000;
const HOURS = 3600;

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string } | null>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly healthcheck?: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const READ: Readonly<Record<string, (env: Readonly<Record<string, string>>) => object>> = {
  edge: (env) => configured(EDGE_OPTIONS, env),
  worker: (env) => configured(WORKER_OPTIONS, env),
  api: (env) => configured(API_OPTIONS, env),
  provision: (env) =>
    configured(PROVISION_OPTIONS, { ...env, STATIONMASTER_STATIONS_FILE: '/stations.yaml' }),
};

describe('deploy/compose.yaml', () => {
  /** A copy of deploy/, in which secrets.sh has been run. */
  let folder: string;
  let passwords: Readonly<Record<string, string>>;
  let compose: Compose;
  const services = () => Object.entries(compose.services);
  const ours = () => services().filter(([, { image }]) => image.startsWith('stationmaster'));
  const networksOf = ({ networks }: Service) =>
    (Array.isArray(networks) ? networks : Object.keys(networks)) as string[];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'compose-'));
    const filter = (file: string) => !/(\/\.env|\/secrets)$/.test(file);
    await cp('deploy', folder, { recursive: true, filter });
    await run('sh', [path.join(folder, 'secrets.sh')]);
    const lines = (await readFile(path.join(folder, '.env'), 'utf8')).trim().split('\n');
    passwords = Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string]));
    const text = await readFile('deploy/compose.yaml', 'utf8');
    // As compose puts them in; a default or a message after a colon.
    const filled = text.replaceAll(
      /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
      (_, name: string, kind?: string, or?: string) => {
        const value = passwords[name] ?? (kind === '-' ? or : undefined);
        assert.ok(value !== undefined, `secrets.sh does not make ${name}`);
        return value;
      },
    );
    compose = parse(filled, { merge: true }) as Compose;
  });
  after(() => rm(folder, { recursive: true }));

  test('it is what the Compose specification says; a typo would be found, however deep', () => {
    assert.deepEqual(composeErrors(compose), []);
    for (const [right, wrong] of [
      ['"stop_grace_period"', '"stop_grace_periode"'],
      ['"60s"', '"60 s"'],
      ['"retries":12', '"retries":"12"'],
      ['"condition":"service_healthy"', '"condition":"healthy"'],
      ['"ipv4_address"', '"ip4_address"'],
      ['"127.0.0.1:9090:9090"', '"127.0.0.1:9090:"'],
      ['"./redis:/etc/redis:ro"', '"./redis:/etc/redis:readonly"'],
    ] as const) {
      const json = JSON.stringify(compose);
      assert.ok(json.includes(right), right);
      assert.notDeepEqual(composeErrors(JSON.parse(json.replaceAll(right, wrong))), [], wrong);
    }
  });

  test('whoever is waited for until it is healthy says when it is', async () => {
    const image = await readFile('deploy/Dockerfile', 'utf8');
    for (const [name, { depends_on: others = [] }] of services()) {
      for (const [other, how] of Object.entries(others)) {
        if ((how as { condition?: string }).condition !== 'service_healthy') continue;
        const { image: used = '', healthcheck } = compose.services[other] ?? {};
        const isInImage = used.startsWith('stationmaster') && /^HEALTHCHECK /m.test(image);
        assert.ok(healthcheck !== undefined || isInImage, `${name} waits for ${other}`);
      }
    }
  });

  test('the whole system is there', () => {
    const count = (name: string) =>
      services()
        .filter(([, { command }]) => command?.[0] === name)
        .reduce((sum, [, { deploy }]) => sum + (deploy?.replicas ?? 1), 0);
    assert.deepEqual([count('edge'), count('worker'), count('api')], [2, 2, 1]);
    const images = services().map(([, { image }]) => image.replace(/:.*/, ''));
    for (const [image, number] of Object.entries({ nats: 3, redis: 1, haproxy: 1, 'prom/prometheus': 1 })) {
      assert.equal(images.filter((one) => one === image).length, number, image);
    }
    assert.ok(images.includes('grafana/grafana'));
  });

  test('each of our processes takes its variables: all known, all of them valid', () => {
    for (const [name, { command = [], environment = {} }] of ours()) {
      const read = READ[command[0] ?? ''];
      assert.ok(read !== undefined, `${name} is started as ${command.join(' ')}`);
      assert.doesNotThrow(() => read(environment), name);
    }
  });

  test('none of ours writes to its image, or has rights of root; each has the time that it takes to stop', () => {
    for (const [name, service] of ours()) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      if (name === 'provision') continue;
      const given = types.duration({ min: 0, max: HOURS * 1000 }).parse(service.stop_grace_period ?? '0s');
      const needed =
        service.command?.[0] === 'edge'
          ? configured(EDGE_OPTIONS, service.environment ?? {}).drainTime + EDGE_MARGIN_MS
          : OTHERS_STOP_MS;
      assert.ok(Number(given) > needed, `${name}: ${service.stop_grace_period}`);
    }
  });

  test('what it refers to is there: services, networks, volumes, files', async () => {
    for (const [name, service] of services()) {
      const after = Array.isArray(service.depends_on)
        ? service.depends_on
        : Object.keys(service.depends_on ?? {});
      for (const other of after as string[])
        assert.ok(other in compose.services, `${name} depends on ${other}`);
      for (const network of networksOf(service))
        assert.ok(network in compose.networks, `${name}: ${network}`);
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) await stat(path.join(folder, source));
        else assert.ok(source in compose.volumes, `${name}: volume ${source}`);
      }
    }
  });

  test('no two services that talk share more than one network, so each has one address for another', () => {
    const edge = ({ command }: Service) => command?.[0] === 'edge';
    for (const [one, a] of services()) {
      for (const [other, b] of services()) {
        if (one >= other || (edge(a) && edge(b))) continue;
        const shared = networksOf(a).filter((network) => networksOf(b).includes(network));
        assert.ok(shared.length <= 1, `${one} and ${other} share ${shared.join(', ')}`);
      }
    }
  });

  test('each process has its own user of NATS, whom NATS knows', async () => {
    const known = await readFile('deploy/nats/permissions.conf', 'utf8');
    for (const [name, { command, environment = {} }] of ours()) {
      for (const url of (environment['STATIONMASTER_NATS_URL'] ?? '').split(',')) {
        const { username, password, hostname } = new URL(url);
        assert.equal(username, command?.[0], name);
        assert.ok(
          known.includes(`user: ${username}, password: $NATS_${username.toUpperCase()}_PASSWORD`),
          name,
        );
        assert.equal(password, passwords[`NATS_${username.toUpperCase()}_PASSWORD`]);
        assert.ok(hostname in compose.services);
      }
    }
  });

  test('edges believe the headers of HAProxy alone', () => {
    const networks = compose.services['haproxy']?.networks as Record<string, { ipv4_address?: string }>;
    const address = networks['front']?.ipv4_address;
    for (const [name, { command, environment = {} }] of ours()) {
      if (command?.[0] === 'edge') assert.equal(environment['STATIONMASTER_TRUSTED_PROXIES'], address, name);
    }
  });

  test('HAProxy and Prometheus know every process by its name', async () => {
    const proxied = [
      ...(await readFile('deploy/haproxy/haproxy.cfg', 'utf8')).matchAll(/^ {2}server \S+ (\S+):9220$/gm),
    ];
    const edges = ours().filter(([, { command }]) => command?.[0] === 'edge');
    assert.deepEqual(proxied.map(([, host = '']) => host).sort(), edges.map(([name]) => name).sort());
    const { scrape_configs: jobs } = parse(await readFile('deploy/prometheus/prometheus.yml', 'utf8')) as {
      scrape_configs: { dns_sd_configs?: { names: string[] }[] }[];
    };
    const scraped = jobs.flatMap(({ dns_sd_configs: found = [] }) => found.flatMap(({ names }) => names));
    const running = ours().filter(([name]) => name !== 'provision');
    assert.deepEqual(scraped.sort(), running.map(([name]) => name).sort());
  });

  test(
    'HAProxy accepts its configuration',
    { skip: findProgram('haproxy') === undefined && 'haproxy is not on the PATH' },
    async () => {
      const file = path.join(folder, 'haproxy.cfg');
      const text = await readFile('deploy/haproxy/haproxy.cfg', 'utf8');
      const certificates = path.join(folder, 'secrets/haproxy');
      await writeFile(file, text.replaceAll('/etc/haproxy/certs', certificates));
      const { stdout, stderr } = await run(programPath('haproxy'), ['-c', '-V', '-f', file]);
      assert.match(`${stdout}${stderr}`, /Configuration file is valid/);
      assert.doesNotMatch(`${stdout}${stderr}`, /\[(WARNING|ALERT)\]/);
    },
  );

  test('NATS accepts its configuration, as each of the three', async () => {
    for (const name of ['nats-1', 'nats-2', 'nats-3']) {
      const { environment = {} } = compose.services[name] ?? {};
      assert.equal(environment['NATS_NAME'], name);
      const env = { PATH: process.env['PATH'], ...environment };
      await run(programPath('nats-server'), ['-t', '-c', path.join(folder, 'nats/nats.conf')], { env });
    }
  });

  test('Redis keeps what it was told, and forgets nothing', async (t) => {
    const [port = 0] = await freePorts(1);
    const config = path.join(folder, 'redis.conf');
    const text = await readFile('deploy/redis/redis.conf', 'utf8');
    assert.match(text, /^dir \/data$/m);
    await writeFile(config, text.replace('dir /data', `dir ${folder}`));
    const lines: string[] = [];
    const redis = new ServerProcess({
      name: 'redis',
      program: programPath('redis-server'),
      args: [config, '--port', String(port), '--bind', LOOPBACK],
      onLine: (line) => void lines.push(line),
      isReady: () => Promise.resolve(lines.some((line) => line.includes('Ready to accept connections'))),
    });
    t.after(() => redis.kill9());
    await redis.start();
    const cli = programPath('redis-cli');
    for (const [name, value] of [
      ['appendonly', 'yes'],
      ['appendfsync', 'always'],
      ['maxmemory-policy', 'noeviction'],
    ] as const) {
      const { stdout } = await run(cli, ['-h', LOOPBACK, '-p', String(port), 'config', 'get', name]);
      assert.equal(stdout.trim(), `${name}\n${value}`);
    }
  });

  test('secrets.sh makes certificates, and an API client whose token opens the API; run again, it changes nothing', async () => {
    const file = path.join(folder, 'secrets/api/clients.yaml');
    const { byTokenHash } = await readClients(file, false);
    const token = (await readFile(path.join(folder, 'secrets/api-token'), 'utf8')).trim();
    const { stdout } = await run('sh', ['-c', `printf %s ${token} | openssl dgst -sha256 -r`]);
    assert.equal(byTokenHash.get(stdout.slice(0, 64))?.name, 'trial');
    const ca = path.join(folder, 'secrets/ca.pem');
    for (const certificate of ['secrets/haproxy/server.pem', 'secrets/api/cert.pem']) {
      await run('openssl', ['verify', '-CAfile', ca, path.join(folder, certificate)]);
    }
    const read = async () => [
      await readFile(path.join(folder, '.env')),
      await readFile(ca),
      await readFile(file),
    ];
    const before = await read();
    await run('sh', [path.join(folder, 'secrets.sh')]);
    assert.deepEqual(await read(), before);
    const { mode } = await stat(path.join(folder, '.env'));
    assert.equal(mode & 0o077, 0);
  });
});
