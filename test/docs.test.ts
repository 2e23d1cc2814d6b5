import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { DEFAULT_QUIRKS, isQuirk, QUIRKS } from '../libs/ocpp/mod.js';
import {
  Closers,
  defaultsOf,
  parseText,
  renderMarkdown,
  silentLogger,
  type Metrics,
} from '../libs/ops/mod.js';
import { LOOPBACK, NatsServer, RedisServer } from '../libs/servers/mod.js';
import { OPTIONS as API_OPTIONS } from '../services/api/options.js';
import { startApiProcess } from '../services/api/process.js';
import { OPTIONS as CLUSTER_OPTIONS } from '../services/cluster/options.js';
import { OPTIONS as EDGE_OPTIONS } from '../services/edge/options.js';
import { startEdgeProcess } from '../services/edge/process.js';
import { OPTIONS as PROVISION_OPTIONS } from '../services/provision/options.js';
import { OPTIONS as TAP_OPTIONS } from '../services/tap/options.js';
import { OPTIONS as WORKER_OPTIONS } from '../services/worker/options.js';
import { NEUTRAL_TABLE, type Translation } from '../services/worker/station/neutral/mod.js';
import { startWorkerProcess } from '../services/worker/process.js';
import { standaloneConfig } from '../services/standalone/configuration.js';
import { readStations, stationsOf } from '../services/provision/stations-file.js';
import { readTokens, tokensOf } from '../services/worker/tokens-file.js';
import { OPTIONS as STANDALONE_OPTIONS } from '../services/standalone/options.js';
import { startStandalone } from '../services/standalone/start.js';
import { script } from './api/made-by-scripts.js';

// Parts of the documentation that are made from the code. `UPDATE_DOCS=1 npm test -- test/docs` writes them.
// Tests run with the repository as current folder.

const logger = silentLogger();

async function checkSection(file: string, name: string, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const document = await readFile(file, 'utf8');
  const [before = '', rest = ''] = document.split(begin);
  const [written = '', after = ''] = rest.split(end);
  const style = await resolveConfig(file);
  const made = (await format(markdown, { ...style, parser: 'markdown' })).trim();
  if (process.env['UPDATE_DOCS'] === '1') {
    await writeFile(file, `${before}${begin}\n\n${made}\n\n${end}${after}`);
  } else {
    assert.equal(
      written.trim(),
      made,
      `${file}: out of date, write it with UPDATE_DOCS=1 npm test -- test/docs`,
    );
  }
}

const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;

test("the README's tables of flags are those that the options make", async () => {
  await checkSection('README.md', 'flags', renderMarkdown(STANDALONE_OPTIONS));
});

const CLUSTER_GUIDE = 'docs/guides/operating-a-cluster.md';

test("the cluster guide's tables of flags are those that the options make", async () => {
  await checkSection(CLUSTER_GUIDE, 'edge flags', renderMarkdown(EDGE_OPTIONS, 4));
  await checkSection(CLUSTER_GUIDE, 'worker flags', renderMarkdown(WORKER_OPTIONS, 4));
  await checkSection(CLUSTER_GUIDE, 'api flags', renderMarkdown(API_OPTIONS, 4));
  await checkSection(CLUSTER_GUIDE, 'provision flags', renderMarkdown(PROVISION_OPTIONS, 4));
  await checkSection(CLUSTER_GUIDE, 'cluster flags', renderMarkdown(CLUSTER_OPTIONS, 4));
});

test("the tap guide's tables of flags are those that the options make", async () => {
  await checkSection('docs/guides/watching-a-station.md', 'tap flags', renderMarkdown(TAP_OPTIONS));
});

test('the reference of the services is what the protos say', async () => {
  const { apiReference } = await script('api-reference');
  const descriptors = await readFile(new URL('../libs/api/generated/stationmaster.binpb', import.meta.url));
  await checkSection('docs/reference/api.md', 'services', apiReference(descriptors));
});

test('the guide to commands says what becomes of every neutral command', async () => {
  const rows = NEUTRAL_TABLE.map((command) =>
    row(command.action, said(command['1.6']), said(command['2.0.1'])),
  );
  const head = row('command', 'a 1.6 station', 'a 2.0.1 station') + row('---', '---', '---');
  await checkSection('docs/guides/commands.md', 'neutral', head + rows.join(''));
});

function said(translation: Translation): string {
  if ('unsupported' in translation) return `refused: ${translation.unsupported}`;
  return [`**${translation.becomes.join('**, **')}**`, ...translation.notes].join('. ').replaceAll('..', '.');
}

test('the guide to events names every type', async () => {
  const { eventSchemas } = await script('api-schemas');
  const { oneOf, definitions } = eventSchemas();
  const types = oneOf.map(({ $ref }) => $ref.replace('#/definitions/', ''));
  const rows = types.map((type) => row(`\`${type}\``, definitions[type]?.description ?? ''));
  await checkSection('docs/guides/events.md', 'types', row('type', '') + row('---', '---') + rows.join(''));
});

test('the guide names every quirk', async () => {
  const rows = Object.keys(QUIRKS)
    .filter(isQuirk)
    .map((name) => {
      const { setting, help } = QUIRKS[name];
      return row(
        `\`${name}\``,
        setting === 'always' ? 'always' : DEFAULT_QUIRKS.has(name) ? 'on' : 'off',
        help,
      );
    });
  const table = `${row('quirk', 'unless set', 'what is tolerated')}${row('---', '---', '---')}${rows.join('')}`;
  await checkSection('docs/guides/connecting-a-station.md', 'quirks', table);
});

test('the guide names every metric', async (t) => {
  const metrics = await standaloneMetrics(t);
  const rows = metrics.map(({ name, kind, help }) => row(`\`${name}\``, kind, help)).sort();
  const table = `${row('metric', 'type', 'meaning')}${row('---', '---', '---')}${rows.join('')}`;
  await checkSection('docs/guides/operating-standalone.md', 'metrics', table);
});

test('the cluster guide names every metric that standalone has not, and none that is not there', async (t) => {
  const known = new Set((await standaloneMetrics(t)).map(({ name }) => name));
  const shown = new Set((await clusterMetrics(t)).map(({ name }) => name));
  const guide = await readFile(CLUSTER_GUIDE, 'utf8');
  const named = new Set([...guide.matchAll(/`(stationmaster_\w+)/g)].map(([, name = '']) => name));
  const own = [...shown].filter((name) => !known.has(name)).sort();
  assert.ok(own.includes('stationmaster_nats_connected'));
  assert.deepEqual(
    own.filter((name) => !named.has(name)),
    [],
  );
  assert.deepEqual(
    [...named].filter((name) => !shown.has(name)),
    [],
  );
});

interface Shown {
  readonly name: string;
  readonly kind: string;
  readonly help: string;
}

async function shownBy(metrics: Metrics): Promise<Shown[]> {
  const text = await metrics.text();
  const kinds = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => [name, kind]),
  );
  return [...text.matchAll(/^# HELP (stationmaster_\S+) (.*)$/gm)].map(([, name = '', help = '']) => {
    return { name, kind: kinds.get(name) ?? '', help };
  });
}

async function temporaryFolder(closers: Closers): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  closers.add(() => rm(folder, { recursive: true }));
  return folder;
}

async function standaloneMetrics(t: TestContext): Promise<Shown[]> {
  const closers = new Closers(logger);
  t.after(() => closers.close());
  const ports = { host: LOOPBACK, ocppPort: 0, opsHost: LOOPBACK, opsPort: 0, grpcPort: 0 };
  const config = standaloneConfig({ ...ports, dataDir: await temporaryFolder(closers) });
  const gateway = await startStandalone(config, { logger });
  closers.add(() => gateway.close());
  return await shownBy(gateway.metrics);
}

/** Of an edge, a worker and an API. */
async function clusterMetrics(t: TestContext): Promise<Shown[]> {
  const closers = new Closers(logger);
  t.after(() => closers.close());
  const folder = await temporaryFolder(closers);
  const nats = await NatsServer.start({ folder: path.join(folder, 'nats') });
  closers.add(() => nats.kill9());
  const redis = await RedisServer.start({ folder: path.join(folder, 'redis') });
  closers.add(() => redis.kill9());
  const place = { natsUrl: [nats.url], redisUrl: redis.url, host: LOOPBACK, opsHost: LOOPBACK, opsPort: 0 };
  const worker = await startWorkerProcess({ ...defaultsOf(WORKER_OPTIONS), ...place }, { logger });
  closers.add(() => worker.close());
  const edge = await startEdgeProcess({ ...defaultsOf(EDGE_OPTIONS), ...place, ocppPort: 0 }, { logger });
  closers.add(() => edge.close());
  const api = await startApiProcess({ ...defaultsOf(API_OPTIONS), ...place, grpcPort: 0 }, { logger });
  closers.add(() => api.close());
  const processes = [worker, edge, api];
  return (await Promise.all(processes.map(({ metrics }) => shownBy(metrics)))).flat();
}

test("the README's examples of files are good", async () => {
  const readme = await readFile('README.md', 'utf8');
  const [stations = '', tokens = ''] = [...readme.matchAll(/```yaml\n([^]*?)```/g)].map(
    ([, text = '']) => text,
  );
  assert.ok(stationsOf(parseText('stations.yaml', stations)).length >= 4);
  assert.ok(tokensOf(parseText('tokens.yaml', tokens)).size >= 3);
});

test('the example files are good', async () => {
  assert.ok((await readStations('docs/examples/stations.yaml')).length >= 5);
  assert.ok((await readTokens('docs/examples/tokens.yaml')).size >= 5);
});
