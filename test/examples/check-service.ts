import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { systemClock } from '../../libs/clock/mod.js';
import type { Version } from '../../libs/ocpp/mod.js';
import { createRandom, Station } from '../../libs/station/mod.js';
import { until, within } from '../client/until.js';
import { assertOrdered, ofTransaction, readings } from '../scenarios/check-events.js';
import type { StartTopology, Topology } from '../topology/topology.js';

/** Stations: one that the example has charge, one where drivers come by. */
export const REMOTE = 'EX-1';
const LOCAL = 'EX-2';

/** How an example is run. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** An example as a process: what it has printed so far. */
class Running {
  readonly lines: string[] = [];
  readonly errors: string[] = [];

  constructor(t: TestContext, { command, args, env }: Program) {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
    createInterface({ input: child.stderr }).on('line', (line) => this.errors.push(line));
    const ended = once(child, 'exit').then(() => this.errors.push('ended'));
    t.after(async () => {
      child.kill('SIGTERM');
      await ended;
    });
  }

  async says(pattern: RegExp): Promise<string> {
    return await until(`${pattern} of ${JSON.stringify([...this.lines, ...this.errors])}`, () => {
      if (this.errors.includes('ended')) throw new Error(`the example ended: ${this.errors.join('\n')}`);
      return this.lines.find((line) => pattern.test(line));
    }).catch((error: unknown) => {
      throw new Error(`${pattern} was not printed:\n${[...this.lines, ...this.errors].join('\n')}`, {
        cause: error,
      });
    });
  }
}

async function startStation(t: TestContext, topology: Topology, stationId: string, version: Version) {
  const station = new Station({
    url: topology.ocppUrl,
    stationId,
    version,
    clock: systemClock(),
    random: createRandom(stationId),
    remoteSessionMs: 400,
  });
  t.after(() => station.stop());
  station.start();
  await within(`the acceptance of ${stationId}`, station.accepted());
  return station;
}

export async function startTopology(t: TestContext, start: StartTopology): Promise<Topology> {
  const topology = await start({});
  t.after(() => topology.close());
  return topology;
}

/** What every form of the service has to do, on a gateway with two stations. */
export async function checkService(
  t: TestContext,
  topology: Topology,
  version: Version,
  program: Program,
): Promise<void> {
  await startStation(t, topology, REMOTE, version);
  const local = await startStation(t, topology, LOCAL, '1.6');
  const service = new Running(t, program);

  assert.match(await service.says(/RequestStartTransaction/), new RegExp(`^${REMOTE}: .*Accepted`));
  await service.says(new RegExp(`^${REMOTE}: token 04A2B1C3 is Accepted$`));
  await checkEnergy(topology, REMOTE, await service.says(new RegExp(`^${REMOTE}: session .* kWh$`)));

  const charged = await local.charge({ idToken: '04D4E5F6', durationMs: 400, meterIntervalMs: 100 });
  assert.ok(charged.completed, JSON.stringify(charged));
  await service.says(new RegExp(`^${LOCAL}: token 04D4E5F6 is Accepted$`));
  await checkEnergy(topology, LOCAL, await service.says(new RegExp(`^${LOCAL}: session .* kWh$`)));

  const refused = await local.charge({ idToken: 'STRANGER', durationMs: 100 });
  assert.equal(refused.completed, false);
  await service.says(new RegExp(`^${LOCAL}: token STRANGER is Invalid$`));
  assert.deepEqual(service.errors, []);
}

/** The printed energy is what the events say, and some. */
async function checkEnergy(topology: Topology, stationId: string, line: string): Promise<void> {
  const [, transactionId = '', energy = ''] = /session (\S+) took (\S+) kWh/.exec(line) ?? [];
  const events = await topology.events(stationId);
  assertOrdered(events);
  const meter = readings(ofTransaction(events, transactionId));
  const wanted = ((meter.at(-1) ?? 0) - (meter.at(0) ?? 0)) / 1000;
  assert.ok(wanted > 0, JSON.stringify(meter));
  assert.ok(Math.abs(Number(energy) - wanted) < 1e-9, `${line}: the events say ${wanted}`);
}
