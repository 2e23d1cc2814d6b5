import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { findProgram, LOOPBACK, NatsServer, RedisServer } from '../../libs/servers/mod.js';
import { ServiceProcess } from '../topology/process.js';
import { metricsIn, metricsOf, withoutVariables } from './promql.js';

const RULES = 'deploy/prometheus/rules.yaml';
const DASHBOARDS = 'deploy/grafana/dashboards';
const RUNBOOK = 'docs/guides/runbook.md';
const SERVICES = ['edge', 'worker', 'api'];
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
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
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

  test('every one of the folder is in the config map', async () => {
    const { configMapGenerator } = parse(await readFile(`${DASHBOARDS}/kustomization.yaml`, 'utf8')) as {
      configMapGenerator: { files: string[] }[];
    };
    const files = (await readdir(DASHBOARDS)).filter((file) => file.endsWith('.json'));
    assert.deepEqual(configMapGenerator.flatMap((map) => map.files).sort(), files.sort());
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
  const told = new Map<string, ReadonlySet<string>>();

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'metrics-'));
    const [nats, redis] = await Promise.all([
      NatsServer.start({ folder: path.join(folder, 'nats') }),
      RedisServer.start({ folder: path.join(folder, 'redis') }),
    ]);
    servers.push(nats, redis);
    await Promise.all(
      SERVICES.map(async (service) => {
        const own =
          { edge: ['--host', LOOPBACK, '--ocpp-port', '0'], api: ['--grpc-port', '0'] }[service] ?? [];
        const running = new ServiceProcess({
          name: service,
          main: `services/${service}/main.js`,
          started: `${service}_started`,
          flags: () => [
            ...['--nats-url', nats.url, '--redis-url', redis.url],
            ...['--ops-host', LOOPBACK, '--ops-port', '0', ...own],
          ],
        });
        processes.push(running);
        await running.start();
        const response = await fetch(`http://${LOOPBACK}:${String(running.startLine['opsPort'])}/metrics`);
        told.set(service, metricsOf(await response.text()));
      }),
    );
  });
  after(async () => {
    await Promise.all(processes.map((running) => running.kill9()));
    await Promise.all(servers.map((server) => server.kill9()));
    await rm(folder, { recursive: true });
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
      for (const [, name = '', component = ''] of query.matchAll(/(\w+)\{[^}]*component="(\w+)"/g)) {
        if (name !== 'up') assert.ok(told.get(component)?.has(name), `${component} does not tell ${name}`);
      }
    }
  });
});
