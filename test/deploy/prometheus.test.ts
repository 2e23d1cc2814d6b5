import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import {
  findProgram,
  freePorts,
  LOOPBACK,
  NatsServer,
  programPath,
  RedisServer,
  ServerProcess,
} from '../../libs/servers/mod.js';
import { until } from '../client/until.js';
import { ServiceProcess } from '../topology/process.js';

const LONGEST_MS = 20_000;
const skip = findProgram('prometheus') === undefined && 'prometheus is not on the PATH: Debian has it';

interface Answer<T> {
  readonly data: T;
}
type Alerts = Answer<{ readonly alerts: readonly { readonly labels: Labels; readonly state: string }[] }>;
type Targets = Answer<{
  readonly activeTargets: readonly { readonly labels: Labels; readonly health: string }[];
}>;
type Labels = Readonly<Record<string, string>>;

describe('a real Prometheus with our rules, before a cluster', { skip }, () => {
  let folder: string;
  let port = 0;
  const workers: ServiceProcess[] = [];
  const all: { kill9(): Promise<unknown> }[] = [];

  async function asked<T>(question: string): Promise<T> {
    const response = await fetch(`http://${LOOPBACK}:${port}/api/v1/${question}`);
    return (await response.json()) as T;
  }

  async function untilAsked<T>(what: string, question: string, isIt: (answer: T) => boolean): Promise<void> {
    let fits = false;
    const look = setInterval(() => {
      void asked<T>(question).then(
        (answer) => (fits = isIt(answer)),
        () => undefined,
      );
    }, 100);
    try {
      await until(what, () => fits, LONGEST_MS);
    } finally {
      clearInterval(look);
    }
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'prometheus-'));
    const [nats, redis] = await Promise.all([
      NatsServer.start({ folder: path.join(folder, 'nats') }),
      RedisServer.start({ folder: path.join(folder, 'redis') }),
    ]);
    all.push(nats, redis);
    const flags = [
      '--nats-url',
      nats.url,
      '--redis-url',
      redis.url,
      '--ops-host',
      LOOPBACK,
      '--ops-port',
      '0',
    ];
    const process = (service: string, ...own: readonly string[]) =>
      new ServiceProcess({
        name: service,
        main: `services/${service}/main.js`,
        started: `${service}_started`,
        flags: () => [...flags, ...own],
      });
    workers.push(process('worker', '--lease-time', '2s'), process('worker', '--lease-time', '2s'));
    const edge = process('edge', '--host', LOOPBACK, '--ocpp-port', '0');
    all.push(...workers, edge);
    await Promise.all([...workers, edge].map((one) => one.start()));

    const target = (component: string, one: ServiceProcess) => ({
      targets: [`${LOOPBACK}:${String(one.startLine['opsPort'])}`],
      labels: { component },
    });
    const config = {
      global: { scrape_interval: '250ms', scrape_timeout: '250ms', evaluation_interval: '250ms' },
      rule_files: ['rules.yaml'],
      scrape_configs: [
        {
          job_name: 'stationmaster',
          static_configs: [...workers.map((one) => target('worker', one)), target('edge', edge)],
        },
      ],
    };
    await writeFile(path.join(folder, 'prometheus.yml'), stringify(config));
    // As they are, but for how long a condition has to hold.
    const rules = await readFile('deploy/prometheus/rules.yaml', 'utf8');
    await writeFile(path.join(folder, 'rules.yaml'), rules.replaceAll(/\bfor: \w+/g, 'for: 1s'));
    [port = 0] = await freePorts(1);
    const prometheus = new ServerProcess({
      name: 'prometheus',
      program: programPath('prometheus'),
      args: [
        `--config.file=${path.join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=${LOOPBACK}:${port}`,
      ],
      isReady: () =>
        fetch(`http://${LOOPBACK}:${port}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
    });
    all.push(prometheus);
    await prometheus.start();
  });
  after(async () => {
    await Promise.all(all.map((one) => one.kill9()));
    await rm(folder, { recursive: true });
  });

  const firing =
    (...names: readonly string[]) =>
    ({ data }: Alerts) =>
      names.every((name) =>
        data.alerts.some(({ labels, state }) => labels['alertname'] === name && state === 'firing'),
      );

  test('its targets are up, and the cluster is well', async () => {
    await untilAsked<Targets>('three targets are up', 'targets', ({ data }) => {
      return data.activeTargets.filter(({ health }) => health === 'up').length === 3;
    });
    await untilAsked<Answer<{ result: readonly { value: readonly [number, string] }[] }>>(
      'all shards have an owner',
      'query?query=sum(stationmaster_shards_owned)',
      ({ data }) => data.result[0]?.value[1] === '256',
    );
    await untilAsked<Alerts>('nothing fires', 'alerts', ({ data }) => {
      return data.alerts.every(({ state }) => state !== 'firing');
    });
  });

  test('a worker that is killed is noticed, and so is the last one', async () => {
    await workers[0]?.kill9();
    await untilAsked<Alerts>('it is missed', 'alerts', firing('StationmasterProcessDown'));
    await workers[1]?.kill9();
    await untilAsked<Alerts>(
      'no worker is left',
      'alerts',
      firing('StationmasterProcessDown', 'StationmasterNoWorker'),
    );
  });
});
