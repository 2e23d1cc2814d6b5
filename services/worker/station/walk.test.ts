import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import type { StationMessage } from './messages.js';
import { Model, type Json } from './model.fixture.js';
import { bootOf } from './samples.fixture.js';
import { configWith, connectionOf, TestStation } from './station.fixture.js';
import { CommandWalk } from './walk-commands.fixture.js';
import { randomOf, TestEdge, type EdgeConnection } from './walk.fixture.js';

/**
 * Random lives of a station against a model that says the rules again (invariants 3, 4, 5, 6), and the same lives with the
 * actor's process dying at random moments: nothing that can be seen from outside may differ.
 */

const STEPS = 150;
const SEEDS = 60;
const FIRST_SEED = 20261121;
const encoder = new TextEncoder();

class Walk {
  readonly station: TestStation;
  readonly edge: TestEdge;
  readonly model = new Model();
  readonly commands: CommandWalk;
  readonly random: () => number;
  #count = 0;
  #lastSent: { action: string; payload: Json; id: string } | undefined;
  /** What the pending CALL is. */
  #transactions2x: { id: string; next: number; skipped: number[] }[] = [];

  constructor(seed: number, crash: () => 'before' | 'after' | undefined) {
    this.random = randomOf(seed);
    this.station = new TestStation(
      '1.6',
      configWith(['BootNotification', 'Authorize', 'StartTransaction', 'TransactionEvent', 'DataTransfer']),
    );
    this.edge = new TestEdge(this.station, crash);
    this.commands = new CommandWalk(this.station, this.random);
  }

  run(steps: number): void {
    for (let n = 0; n < steps; n++) {
      this.step();
      this.commands.check();
    }
    for (const edge of this.#open()) this.edge.close(edge);
    this.edge.pass(3_600_000);
    this.commands.checkEnd();
  }

  step(): void {
    const [current] = this.#open();
    if (current === undefined && this.#chance(0.4)) return this.#command();
    if (current === undefined || this.#chance(0.04)) return this.#connect();
    if (current.inFlight !== undefined && this.#chance(0.8)) return this.#decide(current);
    this.#pick<() => void>([
      [0.55, () => this.#call(current)],
      [0.13, () => this.#command()],
      [0.02, () => this.#cancel()],
      [0.15, () => this.#answer(current)],
      [0.1, () => this.#pass()],
      [0.02, () => this.#disconnect(current)],
      [0.03, () => this.#strayResult(current)],
    ])();
  }

  // ---- connections

  #connect(): void {
    const version = VERSIONS[Math.floor(this.random() * 3)] ?? '1.6';
    const connectionId = `c${++this.#count}`;
    this.station.now += 1;
    const connection = connectionOf(version, connectionId, { connectedAt: this.station.now });
    this.#lastSent = undefined;
    this.#expectEvents(
      () => this.edge.open(connection),
      () => this.model.connect(connectionId),
    );
  }

  #disconnect(edge: EdgeConnection): void {
    this.#expectEvents(
      () => this.edge.close(edge),
      () => this.model.disconnect(edge.connection.connectionId),
    );
  }

  // ---- CALLs

  #call(edge: EdgeConnection): void {
    if (edge.inFlight !== undefined) return this.#send(edge, edge.inFlight.action, edge.inFlight);
    const again = this.#lastSent;
    if (again !== undefined && this.#chance(0.2)) return this.#sendAgain(edge, again);
    const [action, payload] = this.#message(edge.connection.version);
    this.#sendNew(edge, action, payload);
  }

  #sendNew(edge: EdgeConnection, action: string, payload: Json): void {
    const id = `m${++this.#count}`;
    this.#lastSent = { action, payload, id };
    this.#send(edge, action, this.#callOf(edge, action, payload, id));
  }

  /** The very CALL again; or, for messages that can be told apart by their content, under a new id. */
  #sendAgain(
    edge: EdgeConnection,
    { action, payload, id }: { action: string; payload: Json; id: string },
  ): void {
    const isTransaction = /Transaction|MeterValues/.test(action);
    const sameId = !/Heartbeat|Boot/.test(action) && this.model.admits(action) && this.#chance(0.5);
    if (sameId) {
      this.#expectEvents(
        () => this.edge.call(this.#callOf(edge, action, payload, id)),
        () => [],
      );
      assert.equal(edge.inFlight, undefined, 'answered at once');
      return;
    }
    if (isTransaction) this.#sendNew(edge, action, payload);
  }

  #callOf(
    { connection }: EdgeConnection,
    action: string,
    payload: Json,
    id: string,
  ): Extract<StationMessage, { type: 'call' | 'send' }> {
    this.station.expectAnswer(connection, id, action);
    const raw = encoder.encode(JSON.stringify(payload));
    return { type: 'call', connection, id, action, payload, raw };
  }

  #send(
    edge: EdgeConnection,
    action: string,
    message: Extract<StationMessage, { type: 'call' | 'send' }>,
  ): void {
    const admitted = this.model.admits(action);
    this.#expectEvents(
      () => this.edge.call(message),
      () => {
        if (edge.inFlight !== undefined) return [];
        const answer = this.#lastReply(edge, message.id);
        assert.equal(answer.type, admitted ? 3 : 4, `${action} while ${this.model.registration}`);
        if (!admitted) return [];
        return this.model.facts(edge.connection.version, action, message.payload as Json, answer.payload);
      },
    );
  }

  #decide(edge: EdgeConnection): void {
    const { inFlight } = edge;
    const ask = this.station.state.asks[0];
    assert.ok(inFlight !== undefined && ask !== undefined, 'what is in flight is asked about');
    const { version } = edge.connection;
    const answer = this.#pick<unknown>([
      [
        0.7,
        decisionOf(
          version,
          inFlight.action,
          this.#pick([
            [0.8, 'Accepted'],
            [0.1, 'Pending'],
            [0.1, 'Rejected'],
          ]),
        ),
      ],
      [0.15, undefined],
      [0.15, { nonsense: true }],
    ]);
    this.#expectEvents(
      () => this.edge.deliver({ type: 'decided', askId: ask.askId, answer }),
      () => {
        assert.equal(edge.inFlight, undefined, 'decided is answered');
        const { payload } = this.#lastReply(edge, inFlight.id);
        return this.model.facts(version, inFlight.action, inFlight.payload as Json, payload);
      },
    );
  }

  #lastReply(edge: EdgeConnection, id: string): { type: number; payload: Json } {
    const reply = this.edge.replies.at(-1);
    assert.deepEqual([reply?.connectionId, reply?.id], [edge.connection.connectionId, id]);
    const [type, , payload] = JSON.parse(reply?.frame ?? '') as [number, string, Json];
    return { type, payload };
  }

  #message(version: Version): [string, Json] {
    const timestamp = new Date(this.station.now).toISOString();
    return this.#pick<() => [string, Json]>([
      [0.1, () => ['Heartbeat', {}]],
      [0.08, () => ['BootNotification', { ...bootOf(version, ++this.#count) }]],
      [0.1, () => ['DataTransfer', { vendorId: `v${++this.#count}` }]],
      [0.12, () => ['StatusNotification', statusOf(version, timestamp)]],
      [0.1, () => ['Authorize', { idTag: 'A', idToken: { idToken: 'A', type: 'Central' } }]],
      [0.5, () => (version === '1.6' ? this.#transaction16(timestamp) : this.#transaction2x(timestamp))],
    ])().map((part, at) => (at === 1 ? forVersion(version, part as Json) : part)) as [string, Json];
  }

  #transaction16(timestamp: string): [string, Json] {
    const known = [...this.model.starts.values()].slice(-4);
    const transactionId = this.#chance(0.1) ? -1 : (known[Math.floor(this.random() * known.length)] ?? 77);
    const value = String(++this.#count);
    return this.#pick<[string, Json]>([
      [0.3, ['StartTransaction', { connectorId: 1, idTag: 'A', meterStart: ++this.#count, timestamp }]],
      [
        0.45,
        [
          'MeterValues',
          { connectorId: 1, transactionId, meterValue: [{ timestamp, sampledValue: [{ value }] }] },
        ],
      ],
      [0.25, ['StopTransaction', { transactionId, meterStop: ++this.#count, timestamp }]],
    ]);
  }

  #transaction2x(timestamp: string): [string, Json] {
    const running = this.#transactions2x.at(-1);
    if (running === undefined || this.#chance(0.15)) {
      const transaction = { id: `t${++this.#count}`, next: 0, skipped: [] };
      this.#transactions2x = [...this.#transactions2x.slice(-3), transaction];
    }
    const at = Math.floor(this.random() * this.#transactions2x.length);
    const transaction = this.#transactions2x[at] ?? assert.fail();
    if (this.#chance(0.1)) transaction.skipped.push(transaction.next++, transaction.next++);
    const late = this.#chance(0.3) ? transaction.skipped.pop() : undefined;
    const seqNo = late ?? transaction.next++;
    const eventType = seqNo === 0 ? 'Started' : this.#chance(0.15) ? 'Ended' : 'Updated';
    const idToken = this.#chance(0.3) ? { idToken: { idToken: 'A', type: 'Central' } } : {};
    const transactionInfo = { transactionId: transaction.id };
    return [
      'TransactionEvent',
      { eventType, seqNo, timestamp, triggerReason: 'Trigger', transactionInfo, ...idToken },
    ];
  }

  // ---- commands

  #command(): void {
    const command = this.commands.next(`k${++this.#count}`);
    this.edge.deliver(command);
    this.commands.handed(command);
  }

  #cancel(): void {
    this.edge.deliver({ type: 'cancel', commandId: this.commands.some(), dispatcher: 'asks' });
  }

  #answer(edge: EdgeConnection): void {
    if (edge.order === undefined || edge.order.answer !== undefined) return;
    const { connection, order } = edge;
    this.edge.answer(
      edge,
      this.#pick<StationMessage>([
        [0.6, { type: 'result', connection, id: order.id, payload: { status: 'Accepted' } }],
        [0.2, { type: 'result', connection, id: order.id, payload: { status: 'Perhaps' } }],
        [
          0.2,
          { type: 'failure', connection, id: order.id, code: 'GenericError', description: '', details: {} },
        ],
      ]),
    );
  }

  #strayResult({ connection }: EdgeConnection): void {
    this.edge.deliver({ type: 'result', connection, id: 'nobody', payload: {} });
  }

  #pass(): void {
    const pending = this.#open().find(({ inFlight }) => inFlight !== undefined);
    // Questions are decided by the walk itself, not by running out.
    if (pending !== undefined) return;
    this.edge.pass(Math.floor(this.random() * 40_000));
    // An id is not remembered for ever.
    if (this.#chance(0.3)) this.#lastSent = undefined;
  }

  // ---- what must hold

  /** What happens makes the events that the model says, in that order. Commands' ends have their own check. */
  #expectEvents(happens: () => void, expected: () => string[]): void {
    const before = this.station.events.length;
    happens();
    const types = this.station.events.slice(before).map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => !type.startsWith('command.')),
      expected(),
    );
    this.#checkReplies();
  }

  #checked = 0;
  /** Answers leave only on the newest connection (invariant 4). */
  #checkReplies(): void {
    for (const { connectionId } of this.edge.replies.slice(this.#checked)) {
      assert.equal(connectionId, this.model.connected);
    }
    this.#checked = this.edge.replies.length;
  }

  #open(): EdgeConnection[] {
    return [...this.edge.connections.values()].filter(({ open }) => open);
  }

  #chance(probability: number): boolean {
    return this.random() < probability;
  }

  #pick<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.random();
    for (const [weight, choice] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return (choices[0] ?? assert.fail())[1];
  }
}

/** Members that the version's messages do not have are left out. */
function forVersion(version: Version, payload: Json): Json {
  if (!('idTag' in payload && 'idToken' in payload)) return payload;
  return version === '1.6' ? { idTag: payload.idTag } : { idToken: payload.idToken };
}

function statusOf(version: Version, timestamp: string): Json {
  return version === '1.6'
    ? { connectorId: 1, errorCode: 'NoError', status: 'Available', timestamp }
    : { evseId: 1, connectorId: 1, connectorStatus: 'Available', timestamp };
}

function decisionOf(version: Version, action: string, status: string): Json {
  const token = status === 'Accepted' ? 'Accepted' : 'Blocked';
  if (action === 'BootNotification') return { status };
  if (action === 'DataTransfer') return { status: status === 'Pending' ? 'UnknownMessageId' : status };
  return version === '1.6' ? { idTagInfo: { status: token } } : { idTokenInfo: { status: token } };
}

/** An actor that dies before its first commit begins a later incarnation; nothing else differs. */
const visible = ({ station, edge }: Walk) => ({
  events: station.events.map((event) => ({ ...event, id: event.sequence })),
  outcomes: station.outcomes,
  replies: edge.replies,
});

for (const [what, probability] of [
  ['now and then', 0.05],
  ['all the time', 0.6],
] as const) {
  test(`random lives agree with the model, and no death of the process (${what}) can be seen (seeds from ${FIRST_SEED})`, () => {
    let crashes = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      try {
        const undisturbed = new Walk(seed, () => undefined);
        undisturbed.run(STEPS);
        const dice = randomOf(seed + 1_000_000);
        const disturbed = new Walk(seed, () =>
          dice() < probability ? (dice() < 0.5 ? 'before' : 'after') : undefined,
        );
        disturbed.run(STEPS);
        crashes += disturbed.edge.crashes;
        assert.deepEqual(visible(disturbed), visible(undisturbed));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    assert.ok(crashes > SEEDS * STEPS * probability * 0.3, `${crashes} crashes`);
  });
}

test('the walk goes everywhere: every kind of event and outcome occurs', () => {
  const types = new Set<string>();
  const outcomes = new Set<string>();
  const counters = new Set<string>();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + 20; seed++) {
    const walk = new Walk(seed, () => undefined);
    walk.run(STEPS);
    for (const { type } of walk.station.events) types.add(type);
    for (const { outcome } of walk.station.outcomes) outcomes.add(outcome.status);
    for (const effect of walk.station.effects) if (effect.type === 'count') counters.add(effect.counter);
  }
  assert.deepEqual([...types].sort(), [
    'command.completed',
    'command.queued',
    'command.sent',
    'connector.status',
    'data.transferred',
    'station.booted',
    'station.connected',
    'station.disconnected',
    'token.authorized',
    'transaction.ended',
    'transaction.gap',
    'transaction.orphan',
    'transaction.started',
    'transaction.updated',
  ]);
  assert.deepEqual([...outcomes].sort(), [
    'cancelled',
    'error',
    'expired',
    'offline',
    'refused',
    'result',
    'superseded',
    'timeout',
  ]);
  for (const counter of [
    'repeated_call',
    'repeated_transaction_message',
    'refused_before_acceptance',
    'decision_invalid',
    'decision_defaulted',
    'connection_superseded',
    'unknown_result',
  ]) {
    assert.ok(counters.has(counter), counter);
  }
});
