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
  let opsPorts: readonly number[] = [];
  const instance = (at: number) => `${LOOPBACK}:${opsPorts[at]}`;
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
    // Ports that last: a worker that is started again is the same target.
    opsPorts = await freePorts(3);
    const process = (service: string, at: number, ...own: readonly string[]) => {
      const flags = ['--nats-url', nats.url, '--redis-url', redis.url, '--ops-host', LOOPBACK];
      return new ServiceProcess({
        name: service,
        main: `services/${service}/main.js`,
        started: `${service}_started`,
        flags: () => [...flags, '--ops-port', String(opsPorts[at]), ...own],
      });
    };
    workers.push(process('worker', 0, '--lease-time', '2s'), process('worker', 1, '--lease-time', '2s'));
    const edge = process('edge', 2, '--host', LOOPBACK, '--ocpp-port', '0');
    all.push(...workers, edge);
    await Promise.all([...workers, edge].map((one) => one.start()));

    const target = (component: string, at: number) => ({
      targets: [instance(at)],
      labels: { component },
    });
    const config = {
      global: { scrape_interval: '250ms', scrape_timeout: '250ms', evaluation_interval: '250ms' },
      rule_files: ['rules.yaml'],
      scrape_configs: [
        {
          job_name: 'stationmaster',
          static_configs: [target('worker', 0), target('worker', 1), target('edge', 2)],
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

  /** Names of the alerts that fire, with the process that they are about, in order. */
  const firing = ({ data }: Alerts): string =>
    data.alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) =>
        [labels['alertname'], labels['component'], labels['instance']].filter(Boolean).join(' '),
      )
      .sort()
      .join();
  const untilFiring = (what: string, ...alerts: readonly string[]) =>
    untilAsked<Alerts>(what, 'alerts', (answer) => firing(answer) === alerts.join());
  const down = (at: number) => `StationmasterProcessDown worker ${instance(at)}`;
  const untilOwned = (what: string) =>
    untilAsked<Answer<{ result: readonly { value: readonly [number, string] }[] }>>(
      what,
      'query?query=sum(stationmaster_shards_owned)',
      ({ data }) => data.result[0]?.value[1] === '256',
    );

  test('its targets are up, and the cluster is well', async () => {
    await untilAsked<Targets>('three targets are up', 'targets', ({ data }) => {
      return data.activeTargets.filter(({ health }) => health === 'up').length === 3;
    });
    await untilOwned('all shards have an owner');
    await untilFiring('nothing fires');
  });

  test('a worker that is killed is missed by name, and the other one takes its shards', async () => {
    await workers[0]?.kill9();
    await untilFiring('it is missed', down(0));
    await untilOwned('the other one has them all');
  });

  test('without any worker, both are missed, and that none is left', async () => {
    await workers[1]?.kill9();
    const both = [down(0), down(1)].sort();
    await untilFiring('no worker is left', 'StationmasterNoWorker', ...both);
  });

  test('when they are back, nothing fires', async () => {
    await Promise.all(workers.map((worker) => worker.start()));
    await untilOwned('all shards have an owner again');
    await untilFiring('nothing fires');
  });
});
