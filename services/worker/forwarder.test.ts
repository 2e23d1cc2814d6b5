import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryBroker, type BusError, type BusMessage } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { decodeUp, shardOf, subjects, type Command } from '../../libs/link/mod.js';
import { createMetrics } from '../../libs/ops/mod.js';
import { CommandForwarder } from './forwarder.js';
import type { CommandOutcome } from './station/mod.js';

const SHARDS = 8;
const TOKEN = 'CP1';
const SHARD = shardOf(TOKEN, SHARDS);
const TIMEOUT = 5_000;
const GRACE = 6_000;

/** A forwarder; the test is the business services and the owners of the stations. */
function rig() {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const metrics = createMetrics();
  const forwarderBus = broker.connect();
  let jump = 0;
  const forwarder = new CommandForwarder({
    bus: forwarderBus,
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + jump,
      setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
      soon: (callback) => clock.soon(callback),
    },
    metrics: {
      resends: metrics.counter({ name: 'stationmaster_resends_total', help: 'r' }).cell(),
      outcomes: metrics.counter({ name: 'stationmaster_outcomes_total', help: 'o', labels: ['outcome'] }),
    },
    workerId: 'worker 1',
    shards: SHARDS,
    timeoutMs: TIMEOUT,
    graceMs: GRACE,
  });
  forwarder.start();
  const ownerBus = broker.connect();
  const callerBus = broker.connect();
  const outcomes: CommandOutcome[] = [];
  const failures: string[] = [];
  return {
    clock,
    forwarder,
    forwarderBus,
    ownerBus,
    outcomes,
    /** Of requests that got no outcome. */
    failures,
    /** The forwarder's process stands still for so long: its clock goes on, its timers and its messages wait. */
    freeze: (ms: number) => (jump += ms),
    /** Takes the commands of the shard from now on. */
    own() {
      const got: { command: Command; accept(): void; refuse(why: string): void }[] = [];
      const take = ({ data, reply }: BusMessage) => {
        const command = decodeUp(data);
        assert.equal(command.kind, 'command');
        const tell = (word: string) => ownerBus.publish(reply ?? '', Buffer.from(word));
        got.push({ command: command as Command, accept: () => tell(''), refuse: tell });
      };
      const subscription = ownerBus.subscribe(subjects.upOfShard(SHARD), take);
      return { got, stop: () => subscription.unsubscribe() };
    },
    announce: () => ownerBus.publish(subjects.shard(SHARD), Buffer.from('7')),
    ask(payload = '{}'): void {
      void callerBus
        .request(subjects.command(TOKEN, 'Reset'), Buffer.from(payload), { timeoutMs: 60_000 })
        .then(
          ({ data }) => outcomes.push(JSON.parse(Buffer.from(data).toString()) as CommandOutcome),
          (error: BusError) => failures.push(error.code),
        );
    },
  };
}

describe('a forwarded command', () => {
  test('reaches the owner once, and is forgotten when the owner has it', async () => {
    const { clock, forwarder, own, ask } = rig();
    const owner = own();
    ask('{"type":"Soft"}');
    await clock.settle();
    const [first] = owner.got;
    assert.equal(forwarder.kept, 1);
    assert.ok(forwarder.keptBytes > 0);
    assert.equal(first?.command.action, 'Reset');
    assert.ok(first.command.commandId.length <= 36);
    first.accept();
    await clock.advance(TIMEOUT * 4);
    assert.equal(owner.got.length, 1);
    assert.deepEqual([forwarder.kept, forwarder.keptBytes, clock.timers], [0, 0, 1], 'only the caller waits');
  });

  test('is sent again every second while no word comes', async () => {
    const { clock, own, ask } = rig();
    const owner = own();
    ask();
    await clock.advance(3_200);
    assert.equal(owner.got.length, 4);
    assert.equal(new Set(owner.got.map(({ command }) => command.commandId)).size, 1);
  });

  test('is sent to a new owner as soon as that one announces itself', async () => {
    const { clock, own, announce, ask, outcomes } = rig();
    ask();
    await clock.advance(3_000);
    const owner = own();
    announce();
    await clock.settle();
    assert.equal(owner.got.length, 1);
    owner.got[0]?.accept();
    await clock.advance(TIMEOUT * 4);
    assert.equal(owner.got.length, 1);
    assert.equal(outcomes.length, 0);
  });

  test('finds an owner that is not announced within a second', async () => {
    const { clock, own, ask } = rig();
    ask();
    await clock.advance(5_000);
    const owner = own();
    await clock.advance(1_050);
    assert.equal(owner.got.length, 1);
  });

  test('is refused at the end when nobody ever served the shard', async () => {
    const { clock, ask, outcomes, forwarder } = rig();
    ask();
    await clock.advance(TIMEOUT + GRACE - 100);
    assert.equal(outcomes.length, 0);
    await clock.advance(200);
    assert.equal(outcomes[0]?.status, 'refused');
    assert.match(JSON.stringify(outcomes), /nobody serves the station/);
    assert.equal(forwarder.kept, 0);
  });

  test('times out when an owner may have taken it and never said so', async () => {
    const { clock, own, ask, outcomes } = rig();
    const owner = own();
    ask();
    await clock.advance(500);
    owner.stop();
    await clock.advance(TIMEOUT + GRACE);
    assert.equal(outcomes[0]?.status, 'timeout');
    assert.match(JSON.stringify(outcomes), /may have carried it out/);
  });

  test('is refused in the words of an owner that cannot take it', async () => {
    const { clock, own, ask, outcomes, forwarder } = rig();
    const owner = own();
    ask();
    await clock.settle();
    owner.got[0]?.refuse('too many messages wait');
    await clock.settle();
    assert.deepEqual(outcomes, [{ status: 'refused', description: 'too many messages wait' }]);
    assert.equal(forwarder.kept, 0);
  });

  test('but not while another copy of it may be taken', async () => {
    const { clock, own, ask, outcomes } = rig();
    const owner = own();
    ask();
    await clock.advance(1_100);
    assert.equal(owner.got.length, 2);
    owner.got[1]?.refuse('too many messages wait');
    await clock.settle();
    assert.equal(outcomes.length, 0);
    owner.got[0]?.accept();
    await clock.advance(TIMEOUT * 4);
    assert.equal(outcomes.length, 0);
  });

  test('is not sent again by a process that stood still, before it has read what came meanwhile', async () => {
    const { clock, own, ask, freeze, outcomes, forwarder } = rig();
    const owner = own();
    ask();
    await clock.advance(40);
    freeze(TIMEOUT + GRACE);
    await clock.advance(20);
    owner.got[0]?.accept();
    await clock.settle();
    assert.equal(forwarder.kept, 0);
    await clock.advance(2_000);
    assert.equal(owner.got.length, 1);
    assert.equal(outcomes.length, 0);
  });

  test('is kept while the bus is away', async () => {
    const { clock, own, ask, forwarderBus } = rig();
    const owner = own();
    ask();
    await clock.settle();
    forwarderBus.setConnected(false);
    await clock.advance(2_500);
    assert.equal(owner.got.length, 1);
    forwarderBus.setConnected(true);
    await clock.advance(1_050);
    assert.ok(owner.got.length >= 2);
  });
});

describe('a forwarder', () => {
  test('keeps so many commands and no more', async () => {
    const { clock, forwarder, ask, outcomes } = rig();
    for (let n = 0; n < 10_002; n++) ask();
    await clock.settle();
    assert.equal(forwarder.kept, 10_000);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['refused', 'refused'],
    );
    assert.match(JSON.stringify(outcomes), /10000 commands wait/);
  });

  test('and so many bytes', async () => {
    const { clock, forwarder, ask, outcomes } = rig();
    const payload = JSON.stringify({ a: 'x'.repeat(1_000_000) });
    for (let n = 0; n < 70; n++) ask(payload);
    await clock.settle();
    assert.equal(forwarder.kept, 67);
    assert.equal(outcomes.length, 3);
  });

  test('when drained takes no new command, and waits for the word on those that it has', async () => {
    const { clock, forwarder, own, ask, failures } = rig();
    const owner = own();
    ask();
    await clock.settle();
    let drained = false;
    const draining = forwarder.drain().then(() => (drained = true));
    await clock.advance(100);
    assert.equal(drained, false);
    ask();
    await clock.settle();
    assert.deepEqual(failures, ['no_responders']);
    assert.equal(owner.got.length, 1);
    owner.got[0]?.accept();
    await clock.settle();
    await draining;
    assert.equal(forwarder.kept, 0);
  });

  test('but not for ever: what nobody has taken is refused', async () => {
    const { clock, forwarder, ask, outcomes } = rig();
    ask();
    await clock.settle();
    const draining = forwarder.drain();
    await clock.advance(2_100);
    await draining;
    assert.match(JSON.stringify(outcomes), /"refused".*is stopping/);
    assert.equal(clock.timers, 0);
  });
});
