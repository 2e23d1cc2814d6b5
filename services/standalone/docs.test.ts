import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { DEFAULT_QUIRKS, isQuirk, QUIRKS } from '../../libs/ocpp/mod.js';
import { parseText, renderMarkdown, silentLogger } from '../../libs/ops/mod.js';
import { OPTIONS as CLUSTER_OPTIONS } from '../cluster/options.js';
import { OPTIONS as EDGE_OPTIONS } from '../edge/options.js';
import { OPTIONS as PROVISION_OPTIONS } from '../provision/options.js';
import { OPTIONS as WORKER_OPTIONS } from '../worker/options.js';
import { standaloneConfig } from './configuration.js';
import { readStations, stationsOf } from '../provision/stations-file.js';
import { readTokens, tokensOf } from '../worker/tokens-file.js';
import { OPTIONS } from './options.js';
import { startStandalone } from './start.js';

// Parts of the documentation that are made from the code. `UPDATE_DOCS=1 npm test -- standalone/docs` writes them.
// Tests run with the repository as current folder.

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
      `${file}: out of date, write it with UPDATE_DOCS=1 npm test -- standalone/docs`,
    );
  }
}

const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;

test("the README's tables of flags are those that the options make", async () => {
  await checkSection('README.md', 'flags', renderMarkdown(OPTIONS));
});

const CLUSTER_GUIDE = 'docs/guides/operating-a-cluster.md';

test("the cluster guide's tables of flags are those that the options make", async () => {
  await checkSection(CLUSTER_GUIDE, 'edge flags', renderMarkdown(EDGE_OPTIONS, 4));
  await checkSection(CLUSTER_GUIDE, 'worker flags', renderMarkdown(WORKER_OPTIONS, 4));
  await checkSection(CLUSTER_GUIDE, 'provision flags', renderMarkdown(PROVISION_OPTIONS, 4));
  await checkSection(CLUSTER_GUIDE, 'cluster flags', renderMarkdown(CLUSTER_OPTIONS, 4));
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
  const dataDir = await mkdtemp(path.join(tmpdir(), 'standalone-'));
  const ports = { host: '127.0.0.1', ocppPort: 0, opsHost: '127.0.0.1', opsPort: 0 };
  const gateway = await startStandalone(standaloneConfig({ ...ports, dataDir }), { logger: silentLogger() });
  t.after(async () => {
    await gateway.close();
    await rm(dataDir, { recursive: true });
  });
  const text = await gateway.metrics.text();
  const kinds = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => [name, kind]),
  );
  const rows = [...text.matchAll(/^# HELP (stationmaster_\S+) (.*)$/gm)]
    .map(([, name = '', help = '']) => row(`\`${name}\``, kinds.get(name) ?? '', help))
    .sort();
  const table = `${row('metric', 'type', 'meaning')}${row('---', '---', '---')}${rows.join('')}`;
  await checkSection('docs/guides/operating-standalone.md', 'metrics', table);
});

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
