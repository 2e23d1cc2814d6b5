import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Version } from '../../libs/ocpp/mod.js';
import { stationToken, subjects } from '../../libs/link/mod.js';
import { assertEvent, assertMessage } from '../api/validators.js';
import { RawClient, type RawOptions } from '../client/raw-client.js';
import { StrictClient } from '../client/strict-client.js';
import { DEADLINE_MS, until, within } from '../client/until.js';
import type { CommandOutcome } from '../../libs/api/mod.js';
import type { LoggedEvent, Settings, StartTopology, Topology } from '../topology/topology.js';

/** Something that must hold on every topology. */
export interface Scenario {
  /** The behaviour, with its clause. */
  readonly name: string;
  /** Left out: open mode, everything by default. Scenarios of the same settings share a gateway. */
  readonly settings?: Settings;
  run(context: Context): Promise<void>;
}

/** A question of the gateway, and the way to answer it. */
export interface Question {
  readonly question: Readonly<Record<string, unknown>>;
  answer(decision: object): void;
}

/** What a scenario works with. Whatever it opens is closed when it ends. */
export class Context {
  readonly #strict: StrictClient[] = [];
  readonly #cleanups: (() => void)[] = [];

  constructor(
    readonly topology: Topology,
    /** A station id that no other scenario uses. */
    readonly stationId: string,
  ) {}

  /** The independent client. When the scenario ends it must have had nothing to complain about. */
  async strict(
    version: Version,
    more: { stationId?: string; password?: string } = {},
  ): Promise<StrictClient> {
    const options = { url: this.topology.ocppUrl, stationId: this.stationId, version, ...more };
    const client = await StrictClient.connect(options);
    this.#strict.push(client);
    this.defer(() => client.cut());
    return client;
  }

  async raw(
    version: Version,
    more: Partial<Pick<RawOptions, 'stationId' | 'password' | 'headers'>> = {},
  ): Promise<RawClient> {
    const client = await RawClient.connect({
      url: this.topology.ocppUrl,
      stationId: this.stationId,
      protocols: [`ocpp${version}`],
      ...more,
    });
    this.defer(() => client.cut());
    return client;
  }

  /** Has a command sent to a station, as a business service would. */
  async command(action: string, payload: object, stationId = this.stationId): Promise<CommandOutcome> {
    const subject = subjects.command(stationToken(stationId), action);
    const data = Buffer.from(JSON.stringify(payload));
    const reply = await this.topology.bus.request(subject, data, { timeoutMs: DEADLINE_MS });
    const outcome = JSON.parse(Buffer.from(reply.data).toString()) as CommandOutcome;
    assertMessage('CommandOutcome', outcome);
    return outcome;
  }

  /** The next question about `action` of this station; it stays open until it is answered. */
  async question(action: string): Promise<Question> {
    const { bus } = this.topology;
    let stop = (): void => undefined;
    const asked = new Promise<Question>((resolve) => {
      stop = this.#decide(action, (question, answer) => resolve({ question, answer }));
    });
    await bus.flush();
    try {
      return await within(`the question about ${action}`, asked);
    } finally {
      stop();
    }
  }

  /** Answers every question about `action` of this station. Returns the function that stops it. */
  async answerAll(action: string, decision: object): Promise<() => void> {
    const stop = this.#decide(action, (_question, answer) => answer(decision));
    await this.topology.bus.flush();
    return stop;
  }

  #decide(
    action: string,
    handle: (question: Question['question'], answer: Question['answer']) => void,
  ): () => void {
    const { bus } = this.topology;
    const subject = subjects.decision(action, stationToken(this.stationId));
    const subscription = bus.subscribe(subject, ({ data, reply }) => {
      const question = JSON.parse(Buffer.from(data).toString()) as Question['question'];
      assertMessage('Question', question);
      if (reply === undefined) return;
      handle(question, (decision) => bus.publish(reply, Buffer.from(JSON.stringify(decision))));
    });
    this.defer(() => subscription.unsubscribe());
    return () => subscription.unsubscribe();
  }

  /** Does this when the scenario ends. */
  defer(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** The events of a station, in the log's order; of this scenario's when none is named. */
  async events(stationId = this.stationId): Promise<readonly LoggedEvent[]> {
    return await this.topology.events(stationToken(stationId));
  }

  /** The station's events as soon as `count` of `type` stand in the log. */
  async eventsWith(type: string, count = 1, stationId = this.stationId): Promise<readonly LoggedEvent[]> {
    return await until(`${count} × ${type} of ${stationId}`, async () => {
      const events = await this.events(stationId);
      return events.filter((event) => event.type === type).length >= count && events;
    });
  }

  /** Ends the scenario; true to its word, the independent client must have understood everything. */
  end(): void {
    for (const cleanup of this.#cleanups.reverse()) cleanup();
  }

  assertNoComplaints(): void {
    assert.deepEqual(
      this.#strict.flatMap((client) => client.complaints),
      [],
      'the strict client complained',
    );
  }
}

/** Runs the scenarios on a topology, one gateway for all that want the same settings. */
export function runScenarios(
  topologyName: string,
  start: StartTopology,
  scenarios: readonly Scenario[],
): void {
  let stations = 0;
  for (const [key, group] of groupedBySettings(scenarios)) {
    describe(`${topologyName}, settings ${key}`, () => {
      let topology: Topology | undefined;
      before(async () => {
        topology = await start(group[0]?.settings ?? {});
      });
      after(async () => {
        try {
          for (const { event } of (await topology?.events()) ?? []) assertEvent(event);
        } finally {
          await topology?.close();
        }
      });
      for (const scenario of group) {
        test(scenario.name, async () => {
          assert.ok(topology, 'the gateway did not start');
          const context = new Context(topology, `CS-${String(++stations).padStart(3, '0')}`);
          try {
            await scenario.run(context);
            context.assertNoComplaints();
          } finally {
            context.end();
          }
        });
      }
    });
  }
}

function groupedBySettings(scenarios: readonly Scenario[]): Map<string, Scenario[]> {
  const groups = new Map<string, Scenario[]>();
  for (const scenario of scenarios) {
    const { stations, tokens, ...rest } = scenario.settings ?? {};
    const files = [stations, tokens].flatMap((file, at) => (file ? [`${['stations', 'tokens'][at]}`] : []));
    const key =
      [...files, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(' ') || 'default';
    groups.set(key, [...(groups.get(key) ?? []), scenario]);
  }
  return groups;
}
