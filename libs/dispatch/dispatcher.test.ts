import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryBroker, type BusMessage } from '../bus/mod.js';
import { ManualClock } from '../clock/mod.js';
import { decodeUp, shardOf, subjects, type Command, type Up } from '../link/mod.js';
import { DispatchError, Dispatcher, type Delivery, type Refusal } from './mod.js';

const SHARDS = 8;
const TOKEN = 'CP1';
const SHARD = shardOf(TOKEN, SHARDS);
const TIMEOUT = 5_000;
const GRACE = 6_000;

const BUSY: Refusal = { reason: 'busy', description: 'too many messages wait' };
const INVALID: Refusal = { reason: 'invalid', description: 'Reset: type is missing' };

/** A dispatcher; the test is its caller and the owners of the stations. */
function rig() {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const bus = broker.connect();
  let jump = 0;
  let resends = 0;
  let count = 0;
  const dispatcher = new Dispatcher({
    bus,
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + jump,
      setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
      soon: (callback) => clock.soon(callback),
    },
    metrics: { resends: { add: () => void resends++ } },
    processId: 'worker 1',
    shards: SHARDS,
    graceMs: GRACE,
  });
  dispatcher.start();
  const ownerBus = broker.connect();
  const deliveries: Delivery[] = [];
  const answers: unknown[] = [];
  const errors: DispatchError[] = [];
  return {
    clock,
    dispatcher,
    bus,
    ownerBus,
    deliveries,
    answers,
    errors,
    resends: () => resends,
    /** The dispatcher's process stands still for so long: its clock goes on, its timers and its messages wait. */
    freeze: (ms: number) => (jump += ms),
    /** Takes what comes for the shard from now on. */
    own() {
      const got: { up: Up; say(word: object | string): void; accept(): void; refuse(why: Refusal): void }[] =
        [];
      const take = ({ data, reply }: BusMessage) => {
        const say = (word: object | string) => {
          const text = typeof word === 'string' ? word : JSON.stringify(word);
          ownerBus.publish(reply ?? '', Buffer.from(text));
        };
        got.push({
          up: decodeUp(data),
          say,
          accept: () => say(''),
          refuse: (refused) => say({ refused }),
        });
      };
      const subscription = ownerBus.subscribe(subjects.upOfShard(SHARD), take);
      return { got, stop: () => subscription.unsubscribe() };
    },
    announce: () => ownerBus.publish(subjects.shard(SHARD), Buffer.from('7')),
    send(given: Partial<Command> = {}, options: { withinMs?: number; signal?: AbortSignal } = {}): void {
      const command: Command = {
        kind: 'command',
        commandId: `k${++count}`,
        action: 'Reset',
        payload: Buffer.from('{}'),
        terms: 'own',
        timeoutMs: TIMEOUT,
        reply: 'caller',
        keyed: false,
        cursor: 0,
        ...given,
      };
      void dispatcher.command(TOKEN, command, options).then((delivery) => deliveries.push(delivery));
    },
    ask(withinMs = 2_000, signal?: AbortSignal): void {
      const query = { kind: 'query', about: 'command', commandId: 'k1' } as const;
      dispatcher.ask(TOKEN, query, withinMs, signal === undefined ? {} : { signal }).then(
        (answer) => answers.push(answer),
        (error: DispatchError) => errors.push(error),
      );
    },
  };
}

describe('a dispatched command', () => {
  test('reaches the owner once, and is forgotten when the owner has it', async () => {
    const { clock, dispatcher, own, send, deliveries } = rig();
    const owner = own();
    const durable = { ttlMs: 5, once: true, supersedeKey: 'profile' };
    send({ payload: Buffer.from('{"type":"Soft"}'), keyed: true, durable, cursor: 77, terms: 'neutral' });
    await clock.settle();
    const [first] = owner.got;
    assert.equal(dispatcher.kept, 1);
    assert.ok(dispatcher.keptBytes > 0);
    assert.deepEqual(
      { ...first?.up, payload: '' },
      {
        kind: 'command',
        commandId: 'k1',
        action: 'Reset',
        payload: '',
        terms: 'neutral',
        timeoutMs: TIMEOUT,
        reply: 'caller',
        keyed: true,
        durable,
        cursor: 77,
      },
    );
    first?.accept();
    await clock.advance(TIMEOUT * 4);
    assert.equal(owner.got.length, 1);
    assert.deepEqual(deliveries, [{ taken: true }]);
    assert.deepEqual([dispatcher.kept, dispatcher.keptBytes, clock.timers], [0, 0, 0]);
  });

  test('is sent again every second while no word comes', async () => {
    const { clock, own, send, resends } = rig();
    const owner = own();
    send();
    await clock.advance(3_200);
    assert.equal(owner.got.length, 4);
    assert.equal(resends(), 3);
  });

  test('is sent to a new owner as soon as that one announces itself', async () => {
    const { clock, own, announce, send, deliveries } = rig();
    send();
    await clock.advance(3_000);
    const owner = own();
    announce();
    await clock.settle();
    assert.equal(owner.got.length, 1);
    owner.got[0]?.accept();
    await clock.advance(TIMEOUT * 4);
    assert.equal(owner.got.length, 1);
    assert.deepEqual(deliveries, [{ taken: true }]);
  });

  test('finds an owner that is not announced within a second', async () => {
    const { clock, own, send } = rig();
    send();
    await clock.advance(5_000);
    const owner = own();
    await clock.advance(1_050);
    assert.equal(owner.got.length, 1);
  });

  test('is refused at the end when nobody ever served the shard', async () => {
    const { clock, send, deliveries, dispatcher } = rig();
    send();
    await clock.advance(TIMEOUT + GRACE - 100);
    assert.equal(deliveries.length, 0);
    await clock.advance(200);
    assert.match(JSON.stringify(deliveries), /"unserved".*nobody serves the station/);
    assert.equal(dispatcher.kept, 0);
  });

  test('is given up after the time that its caller has', async () => {
    const { clock, send, deliveries } = rig();
    send({}, { withinMs: 300 });
    await clock.advance(400);
    assert.match(JSON.stringify(deliveries), /"unserved"/);
  });

  test('is unknown when an owner may have taken it and never said so', async () => {
    const { clock, own, send, deliveries } = rig();
    const owner = own();
    send();
    await clock.advance(500);
    owner.stop();
    await clock.advance(TIMEOUT + GRACE);
    assert.deepEqual(deliveries, [{ unknown: true }]);
  });

  test('is refused in the words of an owner that cannot take it', async () => {
    const { clock, own, send, deliveries, dispatcher } = rig();
    const owner = own();
    send();
    await clock.settle();
    owner.got[0]?.refuse(BUSY);
    await clock.settle();
    assert.deepEqual(deliveries, [{ refused: BUSY }]);
    assert.equal(dispatcher.kept, 0);
  });

  test('but not while another copy of it may be taken', async () => {
    const { clock, own, send, deliveries } = rig();
    const owner = own();
    send();
    await clock.advance(1_100);
    assert.equal(owner.got.length, 2);
    owner.got[1]?.refuse(BUSY);
    await clock.settle();
    assert.equal(deliveries.length, 0);
    owner.got[0]?.accept();
    await clock.advance(TIMEOUT * 4);
    assert.deepEqual(deliveries, [{ taken: true }]);
  });

  test('is refused at once, whatever other copies there are, where every copy is refused', async () => {
    const { clock, own, send, deliveries } = rig();
    const owner = own();
    send();
    await clock.advance(1_100);
    owner.got[1]?.refuse(INVALID);
    await clock.settle();
    assert.deepEqual(deliveries, [{ refused: INVALID }]);
    owner.got[0]?.refuse(INVALID);
    await clock.settle();
    assert.equal(deliveries.length, 1);
  });

  test('is not taken by a word that no owner says', async () => {
    const { clock, own, send, deliveries } = rig();
    const owner = own();
    send();
    await clock.settle();
    for (const word of ['no JSON', '5', 'null', '{"refused":{"reason":"why not"}}', '{"refused":7}']) {
      owner.got[0]?.say(word);
    }
    owner.got[0]?.say({ answer: {} });
    await clock.settle();
    assert.deepEqual(deliveries, []);
    owner.got[0]?.accept();
    await clock.settle();
    assert.deepEqual(deliveries, [{ taken: true }]);
  });

  test('is not sent again by a process that stood still, before it has read what came meanwhile', async () => {
    const { clock, own, send, freeze, deliveries, dispatcher } = rig();
    const owner = own();
    send();
    await clock.advance(40);
    freeze(TIMEOUT + GRACE);
    await clock.advance(20);
    owner.got[0]?.accept();
    await clock.settle();
    assert.equal(dispatcher.kept, 0);
    await clock.advance(2_000);
    assert.equal(owner.got.length, 1);
    assert.deepEqual(deliveries, [{ taken: true }]);
  });

  test('is kept while the bus is away', async () => {
    const { clock, own, send, bus } = rig();
    const owner = own();
    send();
    await clock.settle();
    bus.setConnected(false);
    await clock.advance(2_500);
    assert.equal(owner.got.length, 1);
    bus.setConnected(true);
    await clock.advance(1_050);
    assert.ok(owner.got.length >= 2);
  });

  test('of a caller who has gone is not sent any more', async () => {
    const { clock, own, send, deliveries, dispatcher } = rig();
    const [before, during, waiting] = [new AbortController(), new AbortController(), new AbortController()];
    before.abort();
    send({}, { signal: before.signal });
    send({}, { signal: during.signal });
    await clock.advance(2_000);
    during.abort();
    await clock.settle();
    assert.equal(dispatcher.kept, 0);
    assert.deepEqual(
      deliveries.map((one) => 'refused' in one && one.refused.reason),
      ['unserved', 'unserved'],
    );
    const owner = own();
    send({}, { signal: waiting.signal });
    await clock.settle();
    waiting.abort();
    await clock.advance(TIMEOUT + GRACE);
    assert.deepEqual(deliveries[2], { unknown: true });
    assert.equal(owner.got.length, 1);
  });

  test('has an id of its own on the way: the same command id for two stations, or twice, is told apart', async () => {
    const { clock, own, send, deliveries } = rig();
    const owner = own();
    send({ commandId: 'same' });
    send({ commandId: 'same' });
    await clock.settle();
    owner.got[1]?.refuse({ reason: 'id_taken', description: 'its id belongs to another' });
    owner.got[0]?.accept();
    await clock.settle();
    assert.match(JSON.stringify(deliveries), /id_taken.*taken":true/);
  });
});

describe('a question', () => {
  test('is answered by the owner, whoever that is by then', async () => {
    const { clock, own, ask, announce, answers, dispatcher } = rig();
    ask();
    await clock.advance(500);
    const owner = own();
    announce();
    await clock.settle();
    assert.deepEqual(owner.got[0]?.up, { kind: 'query', about: 'command', commandId: 'k1' });
    owner.got[0].say('');
    owner.got[0].say({ answer: null });
    await clock.settle();
    assert.deepEqual(answers, [null]);
    assert.equal(dispatcher.kept, 0);
  });

  test('is refused as its owner says, and ends when nobody answers', async () => {
    const { clock, own, ask, errors } = rig();
    ask(500);
    await clock.advance(600);
    const owner = own();
    ask(500);
    await clock.advance(600);
    ask(500);
    await clock.settle();
    owner.got.at(-1)?.refuse(BUSY);
    await clock.settle();
    assert.ok(errors.every((error) => error instanceof DispatchError));
    assert.deepEqual(
      errors.map(({ reason }) => reason),
      ['unserved', 'unserved', 'busy'],
    );
    assert.match(errors[0]?.description ?? '', /nobody serves/);
    assert.match(errors[1]?.description ?? '', /has not answered in time/);
  });
});

describe('a dispatcher', () => {
  test('keeps so many commands and no more', async () => {
    const { clock, dispatcher, send, deliveries } = rig();
    for (let n = 0; n < 10_002; n++) send();
    await clock.settle();
    assert.equal(dispatcher.kept, 10_000);
    assert.equal(deliveries.length, 2);
    assert.match(JSON.stringify(deliveries), /"busy".*10000 commands wait/);
  });

  test('and so many bytes', async () => {
    const { clock, dispatcher, send, deliveries } = rig();
    const payload = Buffer.from(JSON.stringify({ a: 'x'.repeat(1_000_000) }));
    for (let n = 0; n < 70; n++) send({ payload });
    await clock.settle();
    assert.equal(dispatcher.kept, 67);
    assert.equal(deliveries.length, 3);
  });

  test('refuses what the bus cannot carry', async () => {
    const { clock, bus, send, deliveries } = rig();
    send({ payload: new Uint8Array(bus.maxPayload) });
    await clock.settle();
    assert.match(JSON.stringify(deliveries), /"invalid".*too large/);
  });

  test('when drained takes no new command, and waits for the word on those that it has', async () => {
    const { clock, dispatcher, own, send, ask, deliveries, errors } = rig();
    const owner = own();
    send();
    await clock.settle();
    let drained = false;
    const draining = dispatcher.drain().then(() => (drained = true));
    await clock.advance(100);
    assert.equal(drained, false);
    send();
    ask();
    await clock.settle();
    assert.match(JSON.stringify(deliveries), /"unserved".*is stopping/);
    assert.equal(errors[0]?.reason, 'unserved');
    assert.equal(owner.got.length, 1);
    owner.got[0]?.accept();
    await clock.settle();
    await draining;
    assert.equal(dispatcher.kept, 0);
  });

  test('but not for ever: what nobody has taken is refused', async () => {
    const { clock, dispatcher, send, deliveries } = rig();
    send();
    await clock.settle();
    const draining = dispatcher.drain();
    await clock.advance(2_100);
    await draining;
    assert.match(JSON.stringify(deliveries), /"unserved".*is stopping/);
    assert.equal(clock.timers, 0);
  });
});
