import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcess } from '../topology/process.js';
import { attack, type AttackOrders } from './attacker.js';
import { KNOWN } from './attacks/closed-door.js';
import { checkEvents } from './event-check.js';
import { GoodRecord, GoodStation, type Latencies } from './good-stations.js';
import { LogWatch } from './log-watch.js';
import type { TallyData } from './tally.js';
import type { Endpoint } from './wire/line.js';
import { sumOf, Witness, type Memory } from './witness.js';

export interface CampaignOptions {
  readonly seed: number;
  readonly frames: number;
  /** Stations that behave. */
  readonly stations: number;
  /** Wait for the gateway's own time limits, which takes a minute. */
  readonly patient: boolean;
  /** Frames of a first, smaller campaign, after which the memory is taken as the start. */
  readonly warmUp: number;
  /** A gateway that runs already, such as `ws://127.0.0.1:9220/ocpp`; else one is started with these flags. */
  readonly url?: string;
  readonly opsUrl?: string;
  readonly flags?: readonly string[];
  /** Told what happens, a line at a time. */
  progress(line: string): void;
}

export interface CampaignResult {
  readonly seed: number;
  readonly attacks: readonly TallyData[];
  readonly good: {
    readonly calls: number;
    readonly answered: number;
    readonly calm: Latencies;
    /** While each of the attacks went on; those in the background go on beside others. */
    readonly attacked: Readonly<Record<string, Latencies>>;
  };
  /** Bytes; undefined where the gateway cannot be looked at. */
  readonly memory: Memory | undefined;
  /** WebSocket messages that the gateway took during the attacks. */
  readonly messagesTaken: number | undefined;
  readonly logLines: number | undefined;
  readonly events: number | undefined;
  readonly seconds: number;
  /** Empty: the gateway stood it. */
  readonly problems: readonly string[];
}

/**
 * By how much the gateway's memory may have grown when all is over. What stays rightly: the actors of the attackers'
 * stations, which are kept for ten minutes (a few hundred, whatever the number of frames; each below 100 KiB by its
 * limits), the steps in which V8 and malloc give memory back, and buffers that have grown to the largest message. A leak
 * would show: at a million frames, 100 bytes of each are 95 MiB.
 */
const ALLOWED_GROWTH = 96 * 1024 * 1024;
/** Without a warm-up: V8's heap has yet to grow to the size at which it works under load, about 100 MiB. */
const ALLOWED_COLD_GROWTH = 192 * 1024 * 1024;

const CALM = 'calm';
const BETWEEN = 'between';
const CALM_MS = 1_500;
/** After the attack, for memory and connections to come to rest. */
const SETTLE_DEADLINE_MS = 60_000;
const SETTLE_STEP_MS = 500;

/** Metrics that count our own bugs and failures: 0, whatever stations send. */
const MUST_BE_ZERO = [
  'stationmaster_actor_crashes_total',
  'stationmaster_unreadable_records_total',
  'stationmaster_event_append_failures_total',
  'stationmaster_worker_retries_total',
  'stationmaster_fenced_commits_total',
  'stationmaster_edge_deadlines_total',
];

/** Metrics of what waits somewhere: 0 again when all is over. */
const MUST_BECOME_ZERO = [
  'stationmaster_edge_calls_in_flight',
  'stationmaster_edge_queued_calls',
  'stationmaster_edge_queued_bytes',
  'stationmaster_edge_paused_connections',
  'stationmaster_edge_pending_handshakes',
  'stationmaster_mailbox_messages',
  'stationmaster_outbox_effects',
];

/** Attacks a gateway while good stations are served by it. @throws Error when it cannot even begin. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const log = new LogWatch();
  if (options.url !== undefined) return await new Campaign(options, undefined, undefined, log).run();
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  const gateways: GatewayProcess[] = [];
  const start = async (...flags: readonly string[]): Promise<GatewayProcess> => {
    const gateway = await GatewayProcess.start([...(options.flags ?? []), ...flags]);
    gateways.push(gateway);
    gateway.onLine = (line) => log.read(line);
    return gateway;
  };
  try {
    const stations = path.join(folder, 'stations.json');
    await writeFile(stations, JSON.stringify({ stations: [KNOWN] }));
    return await new Campaign(options, await start(), await start('--stations-file', stations), log).run();
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await rm(folder, { recursive: true });
  }
}

class Campaign {
  readonly #record = new GoodRecord();
  readonly #witness: Witness;
  readonly #url: string;
  readonly #problems: string[] = [];
  readonly #since = performance.now();

  constructor(
    private readonly options: CampaignOptions,
    private readonly gateway: GatewayProcess | undefined,
    private readonly door: GatewayProcess | undefined,
    private readonly log: LogWatch,
  ) {
    this.#url = options.url ?? gateway?.ocppUrl ?? '';
    this.#witness = new Witness({ pid: gateway?.pid, opsUrl: options.opsUrl ?? gateway?.opsUrl });
  }

  async run(): Promise<CampaignResult> {
    const { seed, frames, warmUp, patient } = this.options;
    const leave = new AbortController();
    const stations = await this.#startStations();
    const running = Promise.all(stations.map((station) => station.run(leave.signal)));
    this.#record.enter(CALM);
    await sleep(CALM_MS);
    const calm = this.#record.latencies(CALM);
    this.#record.enter(BETWEEN);
    if (warmUp > 0) {
      await this.#attack('warm-up', { seed: seed + 1, frames: warmUp, patient: false });
      await this.#settle(stations.length);
    }
    const start = await this.#witness.memory();
    const before = sumOf(
      'stationmaster_edge_messages_total',
      await this.#witness.metrics(),
      'direction="in"',
    );
    this.#witness.startSampling();
    const attacks = await this.#attack('', { seed, frames, patient });
    const attacked = Object.fromEntries(
      attacks.map(({ attack: name }) => [name, this.#record.latencies(name)]),
    );
    this.#record.enter(BETWEEN);
    await this.#settle(stations.length);
    const end = await this.#witness.memory();
    this.#witness.stopSampling();
    await this.#checkMetrics(stations.length);
    const taken = sumOf('stationmaster_edge_messages_total', await this.#witness.metrics(), 'direction="in"');
    leave.abort();
    await running;
    const events = await this.#stop(stations);
    const memory =
      start === undefined || end === undefined ? undefined : { start, peak: this.#witness.peak, end };
    this.#judge(attacks, memory);
    const { calls, answered } = this.#record;
    return {
      seed,
      attacks,
      good: { calls, answered, calm, attacked },
      memory,
      messagesTaken: taken === undefined ? undefined : taken - (before ?? 0),
      logLines: this.gateway === undefined ? undefined : this.log.lines,
      events,
      seconds: (performance.now() - this.#since) / 1000,
      problems: this.#problems,
    };
  }

  async #startStations(): Promise<readonly GoodStation[]> {
    const stations = Array.from(
      { length: this.options.stations },
      (_, at) => new GoodStation(`GOOD-${at + 1}`, at, this.#url, this.#record),
    );
    await Promise.all(stations.map((station) => station.start()));
    return stations;
  }

  /** What good stations are answered meanwhile counts for `phase`, or for the attack that began last. */
  async #attack(phase: string, orders: Omit<AttackOrders, 'endpoint' | 'door'>): Promise<TallyData[]> {
    this.options.progress(
      `${phase === '' ? 'attack' : phase}: about ${orders.frames} frames, seed ${orders.seed}`,
    );
    const endpoint = endpointOf(this.#url);
    const door = this.door === undefined ? undefined : endpointOf(this.door.ocppUrl);
    return await attack({ ...orders, endpoint, door }, (name) => {
      this.#record.enter(phase === '' ? name : phase);
      this.options.progress(`  ${name}`);
    });
  }

  /** Waits until nothing is left of the attack but the good stations, and the memory goes down no more. */
  async #settle(stations: number): Promise<void> {
    const deadline = performance.now() + SETTLE_DEADLINE_MS;
    let least = Infinity;
    let steady = 0;
    while (performance.now() < deadline) {
      const bytes = (await this.#witness.memory()) ?? 0;
      steady = bytes < least * 0.98 ? 0 : steady + 1;
      least = Math.min(least, bytes);
      const isQuiet = (await this.#left(stations)).length === 0;
      if (isQuiet && steady >= (this.options.patient ? 10 : 2)) return;
      await sleep(SETTLE_STEP_MS);
    }
  }

  /** What should not be there any more. The good stations' own CALLs come and go. */
  async #left(stations: number): Promise<string[]> {
    const metrics = await this.#witness.metrics();
    if (metrics === '') return [];
    const left = MUST_BECOME_ZERO.filter((name) => (sumOf(name, metrics) ?? 0) > stations).map(
      (name) => `${name} is ${sumOf(name, metrics)}`,
    );
    const connections = sumOf('stationmaster_edge_connections', metrics);
    if (connections !== stations)
      left.push(`${connections} connections are open, ${stations} of them of good stations`);
    return left;
  }

  async #checkMetrics(stations: number): Promise<void> {
    try {
      this.#problems.push(...(await this.#left(stations)));
      const metrics = await this.#witness.metrics();
      for (const name of MUST_BE_ZERO) {
        const value = sumOf(name, metrics) ?? 0;
        if (value > 0) this.#problems.push(`${name} is ${value}`);
      }
    } catch (error) {
      this.#problems.push(`the metrics are not served any more: ${String(error)}`);
    }
  }

  /** Ends the gateway as a service manager does, and reads its event log; the number of its events. */
  async #stop(stations: readonly GoodStation[]): Promise<number | undefined> {
    if (this.gateway === undefined) return undefined;
    const { dataDir } = this.gateway;
    for (const gateway of [this.gateway, this.door]) {
      const exit = await gateway?.stop();
      if (exit !== 0) this.#problems.push(`the gateway ended with ${exit}:\n${gateway?.output.join('\n')}`);
    }
    const made = new Map(stations.map(({ stationId, transactions }) => [stationId, transactions]));
    const { events, problems } = await checkEvents(dataDir, made);
    this.#problems.push(...problems, ...this.log.problems());
    return events;
  }

  #judge(attacks: readonly TallyData[], memory: Memory | undefined): void {
    for (const { attack, problems, problemCount } of attacks) {
      for (const problem of problems) this.#problems.push(`${attack}: ${problem}`);
      if (problemCount > problems.length)
        this.#problems.push(`${attack}: ${problemCount - problems.length} problems more`);
    }
    this.#problems.push(...this.#record.problems);
    const { calls, answered } = this.#record;
    if (answered < calls)
      this.#problems.push(`${calls - answered} CALLs of good stations were not answered rightly`);
    const allowed = this.options.warmUp > 0 ? ALLOWED_GROWTH : ALLOWED_COLD_GROWTH;
    if (memory !== undefined && memory.end - memory.start > allowed) {
      this.#problems.push(
        `the gateway's memory has grown by ${Math.round((memory.end - memory.start) / 1024 / 1024)} MiB`,
      );
    }
  }
}

function endpointOf(url: string): Endpoint {
  const { hostname, port, pathname } = new URL(url);
  return { host: hostname, port: Number(port === '' ? 80 : port), basePath: pathname.replace(/\/+$/, '') };
}
