import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsCluster } from '../../servers/mod.js';
import { type Bus, connectNats, natsBus, type NatsLink } from '../mod.js';
import { bytes, Cleanups, freeze, temporaryFolder, text } from './nats.fixture.js';
import { until } from '../../clock/testing/until.js';

describe('NATS bus on a cluster', () => {
  const cleanups = new Cleanups();
  let cluster: NatsCluster;
  before(async () => {
    cluster = await NatsCluster.start({ folder: await temporaryFolder(cleanups) });
    cleanups.after(() => cluster.kill9());
  });
  after(() => cleanups.run());

  const connect = async (t: TestContext, at: number): Promise<{ link: NatsLink; bus: Bus }> => {
    const link = await connectNats({ servers: [cluster.urls[at] ?? ''], name: 'test' });
    const bus = natsBus(link);
    t.after(() => bus.close());
    return { link, bus };
  };
  const nodeOf = (link: NatsLink) =>
    cluster.nodes.find((node) => node.url.endsWith(link.connection.getServer().replace(/^.*:/, ':')));

  /** Interest in a subject takes a moment to reach the other nodes. */
  async function publishUntil(
    bus: Bus,
    subject: string,
    content: string,
    arrived: () => boolean,
  ): Promise<void> {
    for (const deadline = performance.now() + 10_000; !arrived(); await sleep(20)) {
      assert.ok(performance.now() < deadline, 'what was published does not arrive');
      if (bus.connected) bus.publish(subject, bytes(content));
    }
  }

  test('a client whose node is killed moves to another that it was not told of, with its subscriptions', async (t) => {
    const alice = await connect(t, 0);
    const bob = await connect(t, 1);
    const got = new Set<string>();
    const statuses: boolean[] = [];
    alice.bus.onStatus((connected) => statuses.push(connected));
    alice.bus.subscribe('to.alice', (message) => got.add(text(message)));
    await alice.bus.flush();
    await publishUntil(bob.bus, 'to.alice', 'before', () => got.has('before'));
    const old = nodeOf(alice.link);
    assert.ok(old !== undefined && old !== nodeOf(bob.link));
    await old.kill9();
    await until(() => statuses.length === 2, 3000);
    assert.deepEqual(statuses, [false, true]);
    assert.notEqual(nodeOf(alice.link), old);
    await publishUntil(bob.bus, 'to.alice', 'after', () => got.has('after'));
    assert.equal(bob.link.connected, true);
    await old.start();
    await cluster.ready();
  });

  test('a client whose node stands still moves to another within 5 s', async (t) => {
    const { link, bus } = await connect(t, 2);
    const old = nodeOf(link);
    const start = performance.now();
    assert.ok(old);
    await freeze(old);
    await until(() => !link.connected);
    await until(() => link.connected);
    assert.notEqual(nodeOf(link), old);
    assert.ok(performance.now() - start < 5500);
    old.signal('SIGCONT');
    await bus.flush();
  });
});
