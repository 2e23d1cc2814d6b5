import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { findProgram, LOOPBACK, NatsServer, RedisServer } from '../../libs/servers/mod.js';
import { RawClient } from '../client/raw-client.js';
import { until } from '../client/until.js';
import { metricOf, scrape } from '../smoke/metrics.js';
import { ServiceProcess } from '../topology/process.js';
import { metricsIn, metricsOf, withoutVariables } from './promql.js';

const RULES = 'deploy/prometheus/rules.yaml';
const DASHBOARDS = 'deploy/grafana/dashboards';
const RUNBOOK = 'docs/guides/runbook.md';
/** The variable of the dashboards. */
const DATASOURCE = ['$', '{datasource}'].join('');
const SERVICES = ['standalone', 'edge', 'worker', 'api'];
/** What the visit of a station and the first samples leave, a moment later. */
const HAPPENED: Readonly<Record<string, readonly string[]>> = {
  standalone: ['stationmaster_events_total'],
  edge: ['stationmaster_server_round_trip_seconds_count'],
  worker: ['stationmaster_event_append_seconds_count', 'stationmaster_server_round_trip_seconds_count'],
  api: ['stationmaster_server_round_trip_seconds_count'],
};
const skip =
  findProgram('promtool') === undefined && 'promtool is not on the PATH: Debian has it in prometheus';
const run = promisify(execFile);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly legendFormat: string;
  }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

async function rules(): Promise<readonly Rule[]> {
  const { groups } = parse(await readFile(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
}

async function dashboards(): Promise<readonly Dashboard[]> {
  const files = (await readdir(DASHBOARDS)).filter((file) => file.endsWith('.json'));
  const texts = await Promise.all(files.map((file) => readFile(path.join(DASHBOARDS, file), 'utf8')));
  return texts.map((text) => JSON.parse(text) as Dashboard);
}

const queriesOf = ({ panels, templating }: Dashboard): readonly string[] => [
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => withoutVariables(expr))),
  ...templating.list.flatMap(({ query }) => metricsIn(JSON.stringify(query).replaceAll('"', ''))),
];

async function scalerQueries(): Promise<readonly string[]> {
  const text = await readFile('k8s/components/keda/scaled-objects.yaml', 'utf8');
  return parseAllDocuments(text).flatMap((document) => {
    const { spec } = document.toJS() as { spec: { triggers: { metadata: { query: string } }[] } };
    return spec.triggers.map(({ metadata }) => metadata.query);
  });
}

describe('alert rules', () => {
  test('promtool accepts them, and the configuration of Prometheus', { skip }, async () => {
    await run('promtool', ['check', 'rules', RULES]);
    await run('promtool', ['check', 'config', 'deploy/prometheus/prometheus.yml']);
  });

  test('each fires when it should, and not beside it', { skip }, async () => {
    await run('promtool', ['test', 'rules', 'deploy/prometheus/rules.test.yaml']);
  });

  test('each has a test in which it fires, and an entry of the runbook', async () => {
    const { tests } = parse(await readFile('deploy/prometheus/rules.test.yaml', 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const firing = tests
      .flatMap(({ alert_rule_test: cases }) => cases)
      .filter(({ exp_alerts: expected }) => expected.length > 0)
      .map(({ alertname }) => alertname);
    const headings = [...(await readFile(RUNBOOK, 'utf8')).matchAll(/^### (\w+)$/gm)].map(
      ([, name = '']) => name,
    );
    const names = (await rules()).map(({ alert }) => alert);
    assert.deepEqual([...new Set(firing)].sort(), [...names].sort());
    assert.deepEqual(headings.sort(), [...names].sort());
    for (const { alert, labels, annotations } of await rules()) {
      assert.match(labels.severity, /^(critical|warning)$/, alert);
      assert.equal(annotations.runbook, `${RUNBOOK}#${alert.toLowerCase()}`);
      assert.ok(annotations.summary.length > 0 && annotations.description.length > 0, alert);
    }
  });

  test('those of Kubernetes are the same', async () => {
    const { spec } = parse(await readFile('k8s/components/monitoring/prometheus-rule.yaml', 'utf8')) as {
      spec: unknown;
    };
    const hint = 'not the same any more: node deploy/prometheus-rule.mjs';
    assert.deepEqual(spec, parse(await readFile(RULES, 'utf8')), hint);
  });
});

describe('dashboards', () => {
  test('each has a name and an id of its own, and panels that do not overlap', async () => {
    const all = await dashboards();
    assert.ok(all.length > 0);
    assert.equal(new Set(all.map(({ uid }) => uid)).size, all.length);
    for (const { title, panels } of all) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, title);
      const taken = new Set<string>();
      for (const { title: panel, type, targets, gridPos } of panels) {
        assert.ok(type === 'row' || (targets ?? []).length > 0, `${title}: ${panel}`);
        const { x, y, w, h } = gridPos;
        assert.ok(x >= 0 && x + w <= 24, `${title}: ${panel}`);
        for (let column = x; column < x + w; column++) {
          for (let line = y; line < y + h; line++) {
            assert.ok(!taken.has(`${column},${line}`), `${title}: ${panel} overlaps another`);
            taken.add(`${column},${line}`);
          }
        }
      }
    }
  });

  test('each panel says what it shows, in which unit, of which installation', async () => {
    for (const { title, panels, templating } of await dashboards()) {
      const variables = templating.list.map(({ name }) => name);
      assert.deepEqual(variables.slice(0, 2), ['datasource', 'job'], title);
      for (const panel of panels.filter(({ type }) => type !== 'row')) {
        const where = `${title}: ${panel.title}`;
        assert.notEqual(panel.title, '', where);
        assert.notEqual(panel.description ?? '', '', where);
        assert.notEqual(panel.fieldConfig?.defaults.unit ?? '', '', where);
        assert.equal(panel.datasource?.uid, DATASOURCE, where);
        const targets = panel.targets ?? [];
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, where);
        for (const { expr, legendFormat } of targets) {
          const selectors = expr.match(/\b(?:stationmaster|process|nodejs)_\w+/g) ?? [];
          const chosen = expr.match(/job=~"\$job"/g) ?? [];
          assert.ok(chosen.length >= selectors.length, `${where}: ${expr}`);
          if (variables.includes('instance')) assert.match(expr, /instance=~"\$instance"/, where);
          // Lines that are told apart by a label have it in their legend.
          for (const label of /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [])
            assert.ok(label === 'le' || legendFormat.includes(`{{${label}}}`), `${where}: ${expr}`);
        }
      }
    }
  });

  test('they are those that are made of their parts', async () => {
    const made = (await import(pathToFileURL(path.resolve('deploy/grafana/dashboards.mjs')).href)) as {
      dashboardFiles(): Promise<readonly (readonly [file: string, text: string])[]>;
    };
    const files = await made.dashboardFiles();
    const names = (await readdir(DASHBOARDS)).filter((file) => file.endsWith('.json'));
    assert.deepEqual(files.map(([file]) => file).sort(), names.sort());
    for (const [file, text] of files) {
      const hint = `${file} is not what is made any more: node deploy/grafana/dashboards.mjs`;
      assert.equal(await readFile(path.join(DASHBOARDS, file), 'utf8'), text, hint);
    }
  });

  test('every one of the folder is in a config map that can be applied', async () => {
    const { configMapGenerator } = parse(await readFile(`${DASHBOARDS}/kustomization.yaml`, 'utf8')) as {
      configMapGenerator: { files: string[] }[];
    };
    const files = (await readdir(DASHBOARDS)).filter((file) => file.endsWith('.json'));
    assert.deepEqual(configMapGenerator.flatMap((map) => map.files).sort(), files.sort());
    for (const map of configMapGenerator) {
      const texts = await Promise.all(map.files.map((file) => readFile(path.join(DASHBOARDS, file), 'utf8')));
      // What kubectl keeps of it in an annotation: JSON, with the text in it as a string.
      assert.ok(JSON.stringify(JSON.stringify(texts)).length < 256 * 1024, map.files.join());
    }
  });

  test('Prometheus understands every query', { skip }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'queries-'));
    try {
      const queries = [...(await dashboards()).flatMap(queriesOf), ...(await scalerQueries())];
      const recorded = [...new Set(queries)].map((expr, index) => ({ record: `query:${index}`, expr }));
      const file = path.join(folder, 'queries.yaml');
      await writeFile(file, stringify({ groups: [{ name: 'queries', rules: recorded }] }));
      await run('promtool', ['check', 'rules', file]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the metrics of processes that run', () => {
  let folder: string;
  const servers: { kill9(): Promise<unknown> }[] = [];
  const processes: ServiceProcess[] = [];
  const texts = new Map<string, string>();
  const told = new Map<string, ReadonlySet<string>>();

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'metrics-'));
    const [nats, redis] = await Promise.all([
      NatsServer.start({ folder: path.join(folder, 'nats') }),
      RedisServer.start({ folder: path.join(folder, 'redis') }),
    ]);
    servers.push(nats, redis);
    const listen = ['--host', LOOPBACK, '--ocpp-port', '0', '--mode', 'open'];
    const cluster = ['--nats-url', nats.url, '--redis-url', redis.url];
    const flags: Readonly<Record<string, readonly string[]>> = {
      standalone: ['--data-dir', path.join(folder, 'data'), ...listen, '--grpc-port', '0'],
      worker: cluster,
      edge: [...cluster, ...listen],
      api: [...cluster, '--grpc-port', '0'],
    };
    const started = await Promise.all(
      SERVICES.map(async (name) => {
        const service = new ServiceProcess({
          name,
          main: `services/${name}/main.js`,
          started: name === 'standalone' ? 'gateway_started' : `${name}_started`,
          flags: () => [...(flags[name] ?? []), '--ops-host', LOOPBACK, '--ops-port', '0'],
        });
        processes.push(service);
        await service.start();
        return service;
      }),
    );
    for (const service of started) {
      const { ocppPort } = service.startLine;
      if (typeof ocppPort === 'number') await talk(`ws://${LOOPBACK}:${ocppPort}/ocpp`);
    }
    for (const [at, name] of SERVICES.entries()) {
      const opsUrl = `http://${LOOPBACK}:${String(started[at]?.startLine['opsPort'])}`;
      const text = await until(`what has happened, in the metrics of ${name}`, async () => {
        const read = await scrape(opsUrl);
        const isThere = (HAPPENED[name] ?? []).every((metric) => metricOf(read, metric) > 0);
        return isThere ? read : undefined;
      });
      texts.set(name, text);
      told.set(name, metricsOf(text));
    }
  });
  after(async () => {
    await Promise.all(processes.map((running) => running.kill9()));
    await Promise.all(servers.map((server) => server.kill9()));
    await rm(folder, { recursive: true });
  });

  /** A station comes, makes a mistake, and goes: what has labels has samples. */
  async function talk(url: string): Promise<void> {
    const station = await RawClient.connect({ url, stationId: 'CS-1', protocols: ['ocpp1.6'] });
    const boot = { chargePointVendor: 'V', chargePointModel: 'M' };
    await station.call('a', 'BootNotification', boot);
    await station.call('b', 'Heartbeat', {});
    await station.call('c', 'Authorize', { idTag: 'TAG' });
    await station.call('d', 'MadeUp', {});
    await station.close();
  }

  for (const name of SERVICES) {
    test(`promtool finds nothing to say against those of ${name}`, { skip }, async () => {
      const checked = run('promtool', ['check', 'metrics']);
      checked.child.stdin?.end(texts.get(name));
      const { stdout, stderr } = await checked;
      assert.equal(stdout + stderr, '');
    });
  }

  test('a station and its messages are in those of an edge', () => {
    for (const name of ['edge', 'standalone']) {
      const text = texts.get(name) ?? '';
      const ended = { version: '1.6', action: 'Heartbeat', outcome: 'result' };
      assert.equal(metricOf(text, 'stationmaster_edge_calls_total', ended), 1, name);
      assert.equal(metricOf(text, 'stationmaster_edge_call_seconds_count', { action: 'Heartbeat' }), 1, name);
      assert.equal(metricOf(text, 'stationmaster_edge_handshakes_total', { outcome: 'accepted' }), 1, name);
    }
    for (const name of ['worker', 'standalone']) {
      const text = texts.get(name) ?? '';
      assert.ok(metricOf(text, 'stationmaster_actor_activations_total') >= 1, name);
      assert.ok(metricOf(text, 'stationmaster_decision_seconds_count', { action: 'Authorize' }) >= 1, name);
      assert.ok(metricOf(text, 'stationmaster_events_total', { type: 'station.booted' }) >= 1, name);
    }
  });

  test('the round trips to NATS and Redis are in those of every process of a cluster', () => {
    for (const name of SERVICES.filter((one) => one !== 'standalone')) {
      const trips = (server: string) =>
        metricOf(texts.get(name) ?? '', 'stationmaster_server_round_trip_seconds_count', { server });
      assert.ok(trips('nats_bus') >= 1 && trips('redis') >= 1, name);
    }
  });

  test('every alert, dashboard and scaler reads metrics that are there', async () => {
    const there = new Set([...told.values()].flatMap((names) => [...names]));
    const readers: (readonly [string, readonly string[]])[] = [
      ...(await rules()).map(({ alert, expr }) => [alert, metricsIn(expr)] as const),
      ...(await dashboards()).flatMap((dashboard) =>
        queriesOf(dashboard).map((query) => [dashboard.title, metricsIn(query)] as const),
      ),
      ...(await scalerQueries()).map((query) => ['KEDA', metricsIn(query)] as const),
    ];
    const missing = readers.flatMap(([who, names]) =>
      names.filter((name) => !there.has(name)).map((name) => `${who}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  test('what is said of a kind of process is told by it', async () => {
    for (const query of [
      ...(await rules()).map(({ expr }) => expr),
      ...(await dashboards()).flatMap(queriesOf),
    ]) {
      for (const [, name = '', components = ''] of query.matchAll(/(\w+)\{[^}]*component=~?"([\w|]+)"/g)) {
        if (name === 'up') continue;
        for (const component of components.split('|'))
          assert.ok(told.get(component)?.has(name), `${component} does not tell ${name}`);
      }
    }
  });
});
