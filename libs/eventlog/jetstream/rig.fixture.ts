import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connectNats, type NatsLink } from '../../bus/mod.js';
import { LOOPBACK, NatsServer } from '../../servers/mod.js';
import { readAll } from '../contract-harness.js';
import { type EventEntry, type EventLog, EventLogError } from '../mod.js';
import { type JetStreamEventLog, type JetStreamEventLogOptions, openJetStreamEventLog } from './eventlog.js';

/** What a process has of its own. */
export interface TestProcess {
  readonly link: NatsLink;
  readonly log: JetStreamEventLog;
}

/** A nats-server, and processes that have opened the event log there. */
export class Rig {
  readonly #links: NatsLink[] = [];
  readonly #logs: JetStreamEventLog[] = [];

  private constructor(
    readonly server: NatsServer,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Rig> {
    const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-jetstream-'));
    return new Rig(await NatsServer.start({ folder }), folder);
  }

  /** @param port of a proxy; the server's own unless told. */
  async open(options: Partial<JetStreamEventLogOptions> = {}, port = this.server.port): Promise<TestProcess> {
    const link = await connectNats({ servers: [`nats://${LOOPBACK}:${port}`], name: 'test' });
    this.#links.push(link);
    const log = await openJetStreamEventLog({ ...options, link });
    this.#logs.push(log);
    return { link, log };
  }

  /** Ends all processes, and deletes the stream. */
  async reset(): Promise<void> {
    await this.#end();
    const link = await connectNats({ servers: [this.server.url], name: 'reset' });
    const { streams } = await managerOf(link);
    for await (const { config } of streams.list()) await streams.delete(config.name);
    await link.close();
  }

  async stop(): Promise<void> {
    await this.#end();
    await this.server.kill9();
    await rm(this.folder, { recursive: true });
  }

  async #end(): Promise<void> {
    for (const log of this.#logs.splice(0)) await log.close();
    for (const link of this.#links.splice(0)) await link.close();
  }
}

export async function managerOf(link: NatsLink): Promise<JetStreamManager> {
  return jetstreamManager(link.connection, { checkAPI: false });
}

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const TYPES = ['transaction.started', 'meter.values', 'transaction.ended'];
const GROUP = 40;

/** What a worker has decided and not yet seen in the log; behaves as a worker does. */
export class TestOutbox {
  acknowledged = 0;

  constructor(
    private readonly random: () => number,
    /** Events of each station so far. */
    private readonly decided = new Map<string, number>(),
    private pending: EventEntry[] = [],
  ) {}

  /** `count` more events of `stations` stations. */
  decide(count: number, stations = 12): void {
    for (let left = count; left > 0; left--) {
      const station = `S${Math.floor(this.random() * stations)}`;
      const number = (this.decided.get(station) ?? 0) + 1;
      this.decided.set(station, number);
      const data = new Uint8Array(Buffer.alloc(Math.floor(this.random() * 2000), number));
      this.pending.push({ station, incarnation: 7, number, type: TYPES[number % TYPES.length] ?? '', data });
    }
  }

  get isEmpty(): boolean {
    return this.pending.length === 0;
  }

  /** Tries once to append a group. */
  async settle(log: EventLog): Promise<boolean> {
    const group = this.pending.slice(0, GROUP);
    try {
      await log.append(group);
    } catch (error) {
      assert.ok(error instanceof EventLogError && error.code === 'unavailable', String(error));
      this.pending = this.pending.map((one, at) => (at < GROUP ? { ...one, again: true } : one));
      return false;
    }
    this.acknowledged += group.length;
    this.pending.splice(0, GROUP);
    return true;
  }

  async settleAll(log: EventLog): Promise<void> {
    while (!this.isEmpty) if (!(await this.settle(log))) await sleep(20);
  }

  /** What the next owner loads: it cannot know what was appended. */
  handOver(): TestOutbox {
    const pending = this.pending.map((one) => ({ ...one, again: true }));
    return new TestOutbox(this.random, this.decided, pending);
  }

  /** Everything that was decided stands in the log: in order, once. */
  async check(log: EventLog): Promise<void> {
    const read = await readAll(log, undefined, 500);
    for (const [station, count] of this.decided) {
      const numbers = read.filter((one) => one.station === station).map(({ number }) => number);
      const expected = Array.from({ length: count }, (_, at) => at + 1);
      assert.deepEqual(numbers, expected, `events of ${station}`);
    }
    assert.ok(read.every(({ data, number }) => data.every((byte) => byte === number % 256)));
  }
}
