import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connectNats, natsBus, type Bus } from '../../../libs/bus/mod.js';
import { NatsServer } from '../../../libs/servers/mod.js';
import { until, within } from '../../../test/client/until.js';
import { ask, isUndecided, serving, TestDecider } from './decisions.fixture.js';

const ACCEPTED = JSON.stringify({ idTokenInfo: { status: 'Accepted' } });
const BLOCKED = JSON.stringify({ idTokenInfo: { status: 'Blocked' } });

describe('decisions over NATS', () => {
  let folder: string;
  let nats: NatsServer;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'decisions-'));
    nats = await NatsServer.start({ folder });
  });
  after(async () => {
    await nats.kill9();
    await rm(folder, { recursive: true });
  });

  async function connected(t: TestContext, name: string): Promise<Bus> {
    const bus = natsBus(await connectNats({ servers: [nats.url], name }));
    t.after(() => bus.close());
    return bus;
  }

  test('callers of several processes and services on NATS share the questions: each goes to one', async (t) => {
    const worker = await connected(t, 'worker');
    const service = await connected(t, 'service');
    const counts = { one: 0, station: 0, two: 0, nats: 0 };
    const counting = (name: keyof typeof counts) => () => {
      counts[name]++;
      return ACCEPTED;
    };
    const [one, two] = [
      await serving(t, await connected(t, 'api-1')),
      await serving(t, await connected(t, 'api-2')),
    ];
    const all = { actions: ['Authorize'] };
    const deciders = [
      new TestDecider(t, one.port, all, counting('one')),
      new TestDecider(t, one.port, { ...all, stationIds: ['CS-1'] }, counting('station')),
      new TestDecider(t, two.port, all, counting('two')),
    ];
    await within('the subscriptions', Promise.all(deciders.map(({ subscribed }) => subscribed)));
    service.subscribe(
      'csms.decision.Authorize.*',
      ({ reply }) => {
        if (reply !== undefined) service.publish(reply, Buffer.from(counting('nats')()));
      },
      { queue: 'decisions' },
    );
    await service.flush();
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(worker)));
    assert.ok(answers.every((answer) => answer === ACCEPTED));
    assert.equal(counts.one + counts.station + counts.two + counts.nats, 200);
    for (const [name, count] of Object.entries(counts)) assert.ok(count > 0, name);
  });

  test('a caller that crashes leaves its questions to another process, or to nobody, at once', async (t) => {
    const worker = await connected(t, 'worker');
    const [one, two] = [
      await serving(t, await connected(t, 'api-1')),
      await serving(t, await connected(t, 'api-2')),
    ];
    const first = new TestDecider(t, one.port, { actions: ['Authorize'] });
    await first.subscribed;
    const asked = ask(worker, { withinMs: 30_000 });
    await first.question();
    const second = new TestDecider(t, two.port, { actions: ['Authorize'] }, () => BLOCKED);
    await second.subscribed;
    first.crash();
    assert.equal(await within('the answer', asked, 5_000), BLOCKED);
    second.finish();
    await second.ended;
    await until('nobody decides', async () => (await ask(worker)) === 'no_responders');
  });

  test('questions that come while a full caller unsubscribes get no answer late', async (t) => {
    const worker = await connected(t, 'worker');
    const { port } = await serving(t, await connected(t, 'api-1'));
    const full = new TestDecider(t, port, { actions: ['Authorize'], maxInFlight: 1 });
    await full.subscribed;
    const held = ask(worker, { withinMs: 30_000 });
    const question = await full.question();
    const burst = Promise.all(Array.from({ length: 100 }, () => ask(worker, { withinMs: 30_000 })));
    assert.ok((await within('the answers', burst, 5_000)).every(isUndecided));
    full.answer(question.questionId, ACCEPTED);
    assert.equal(await held, ACCEPTED);
    const again = full.question();
    // Until the server has the subscription again, nobody is asked.
    await until('it is asked again', async () => !isUndecided(await ask(worker, { withinMs: 100 })));
    await again;
  });
});
