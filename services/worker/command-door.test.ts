import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandOutcome } from '../../libs/api/mod.js';
import { MemoryBroker, type BusError, type BusMessage } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { Dispatcher } from '../../libs/dispatch/mod.js';
import { EventLogError } from '../../libs/eventlog/mod.js';
import { decodeUp, shardOf, subjects, type Command } from '../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { CommandDoor } from './command-door.js';

const SHARDS = 8;
const TOKEN = 'CP1';
const SHARD = shardOf(TOKEN, SHARDS);
const TIMEOUT = 5_000;
const GRACE = 6_000;

/** A door; the test is the business services and the owners of the stations. */
function rig(last: () => Promise<number> = () => Promise.resolve(41)) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const bus = broker.connect();
  const metrics = createMetrics();
  const dispatcher = new Dispatcher({
    bus,
    clock,
    metrics: { resends: metrics.counter({ name: 'stationmaster_resends_total', help: 'r' }).cell() },
    processId: 'worker 1',
    shards: SHARDS,
    graceMs: GRACE,
  });
  dispatcher.start();
  const door = new CommandDoor({
    bus,
    clock,
    logger: silentLogger(),
    dispatcher,
    eventlog: { last },
    outcomes: metrics.counter({ name: 'stationmaster_outcomes_total', help: 'o', labels: ['outcome'] }),
    timeoutMs: TIMEOUT,
  });
  door.start();
  const ownerBus = broker.connect();
  const callerBus = broker.connect();
  const outcomes: CommandOutcome[] = [];
  const failures: string[] = [];
  return {
    clock,
    door,
    outcomes,
    /** Of requests that got no outcome. */
    failures,
    own() {
      const got: { command: Command; say(word: string): void; end(outcome: CommandOutcome): void }[] = [];
      const take = ({ data, reply }: BusMessage) => {
        const command = decodeUp(data) as Command;
        got.push({
          command,
          say: (word) => ownerBus.publish(reply ?? '', Buffer.from(word)),
          end: (outcome) => ownerBus.publish(command.reply, Buffer.from(JSON.stringify(outcome))),
        });
      };
      const subscription = ownerBus.subscribe(subjects.upOfShard(SHARD), take);
      return { got, stop: () => subscription.unsubscribe() };
    },
    ask(subject: string = subjects.command(TOKEN, 'Reset'), payload = '{}'): void {
      void callerBus.request(subject, Buffer.from(payload), { timeoutMs: 60_000 }).then(
        ({ data }) => outcomes.push(JSON.parse(Buffer.from(data).toString()) as CommandOutcome),
        (error: BusError) => failures.push(error.code),
      );
    },
  };
}

describe('a command over the bus', () => {
  test('goes to the owner in the terms of the station, under an id that is nobody else’s', async () => {
    const { clock, own, ask, outcomes } = rig();
    const owner = own();
    ask(undefined, '{"type":"Soft"}');
    ask();
    await clock.settle();
    const [first, second] = owner.got;
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(Buffer.from(first.command.payload).toString(), '{"type":"Soft"}');
    const { action, terms, keyed, timeoutMs, cursor, durable } = first.command;
    assert.deepEqual(
      [action, terms, keyed, timeoutMs, cursor, durable],
      ['Reset', 'own', false, TIMEOUT, 0, undefined],
    );
    assert.match(first.command.commandId, /^[A-Za-z0-9_-]{1,36}$/);
    assert.notEqual(first.command.commandId, second.command.commandId);
    first.say('');
    first.end({ status: 'result', payload: { status: 'Accepted' } });
    await clock.advance(TIMEOUT * 4);
    assert.deepEqual(outcomes, [{ status: 'result', payload: { status: 'Accepted' } }, ...outcomes.slice(1)]);
  });

  test('keeps the id that the caller gives it, and may be repeated until the outcome is heard', async () => {
    const { clock, own, ask, outcomes } = rig();
    const owner = own();
    ask(subjects.command(TOKEN, 'Reset', 'my-id_1'));
    ask(subjects.command(TOKEN, 'Reset', 'my-id_1'));
    await clock.settle();
    assert.deepEqual(
      owner.got.map(({ command }) => [command.commandId, command.keyed]),
      [
        ['my-id_1', true],
        ['my-id_1', true],
      ],
    );
    for (const copy of owner.got) copy.say('');
    for (const copy of owner.got) copy.end({ status: 'result', payload: {} });
    await clock.settle();
    assert.equal(outcomes.length, 2);
  });

  test('that begins a job knows where the event log stood; not so while the log is away', async () => {
    for (const [last, cursor] of [
      [() => Promise.resolve(41), 41],
      [() => Promise.reject(new EventLogError('unavailable', 'away')), 0],
    ] as const) {
      const { clock, own, ask } = rig(last);
      const owner = own();
      ask(subjects.command(TOKEN, 'GetBaseReport', 'r'));
      ask(subjects.command(TOKEN, 'ClearCache', 'c'));
      await clock.settle();
      const cursors = owner.got.map(({ command }) => [command.action, command.cursor]);
      assert.deepEqual(
        new Map(cursors as [string, number][]),
        new Map([
          ['GetBaseReport', cursor],
          ['ClearCache', 0],
        ]),
      );
    }
  });

  test('is refused with a reason: for a bad token, a bad id, in the words of its owner, and for want of one', async () => {
    const { clock, own, ask, outcomes } = rig();
    ask('csms.command.a=zz.Reset');
    ask(subjects.command(TOKEN, 'Reset', 'x'.repeat(37)));
    ask(subjects.command(TOKEN, 'Reset', 'a=20b'));
    await clock.settle();
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status === 'refused' && outcome.reason),
      ['invalid', 'invalid', 'invalid'],
    );
    assert.match(JSON.stringify(outcomes), /no station token.*no command id/);
    const owner = own();
    ask();
    await clock.settle();
    owner.got[0]?.say('{"refused":{"reason":"not_now","description":"rejected at boot"}}');
    await clock.settle();
    assert.deepEqual(outcomes[3], { status: 'refused', reason: 'not_now', description: 'rejected at boot' });
    owner.stop();
    ask();
    await clock.advance(TIMEOUT + GRACE + 100);
    assert.match(JSON.stringify(outcomes[4]), /"refused".*"unserved".*nobody serves/);
  });

  test('that an owner may have: without an id it has timed out, with one it is to be repeated', async () => {
    const { clock, own, ask, outcomes, failures } = rig();
    own();
    ask();
    ask(subjects.command(TOKEN, 'Reset', 'k'));
    await clock.advance(TIMEOUT + GRACE + 100);
    assert.equal(outcomes.length, 1);
    assert.match(JSON.stringify(outcomes), /"timeout".*may have carried it out/);
    assert.deepEqual(failures, []);
  });
});

describe('the door', () => {
  test('has room for so many commands whose cursor is asked for', async () => {
    const { clock, ask, outcomes } = rig(() => new Promise(() => undefined));
    for (let n = 0; n < 10_003; n++) ask(subjects.command(TOKEN, 'GetBaseReport'));
    await clock.settle();
    assert.equal(outcomes.length, 3);
    assert.match(JSON.stringify(outcomes), /"busy".*10000 commands wait/);
  });

  test('when drained takes no new command, and waits for the word on those that it has', async () => {
    const { clock, door, own, ask, failures } = rig();
    const owner = own();
    ask();
    await clock.settle();
    let drained = false;
    const draining = door.drain().then(() => (drained = true));
    await clock.advance(100);
    assert.equal(drained, false);
    ask();
    await clock.settle();
    assert.deepEqual(failures, ['no_responders']);
    assert.equal(owner.got.length, 1);
    owner.got[0]?.say('');
    await clock.settle();
    await draining;
  });

  test('but not for ever: what nobody has taken is refused', async () => {
    const { clock, door, ask, outcomes } = rig();
    ask();
    await clock.settle();
    const draining = door.drain();
    await clock.advance(2_100);
    await draining;
    await clock.settle();
    assert.match(JSON.stringify(outcomes), /"refused".*is stopping/);
  });
});
