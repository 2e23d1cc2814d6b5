import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connectNats, type NatsLink } from '../../bus/mod.js';
import { NatsCluster, type NatsServer } from '../../servers/mod.js';
import type { EventLog, LoggedEntry } from '../mod.js';
import { openJetStreamEventLog } from './eventlog.js';
import { managerOf, randomFrom, TestOutbox } from './rig.fixture.js';
import { until } from '../../clock/testing/until.js';

const SEED = 20269;

describe('jetstream: a cluster of three servers', () => {
  let folder: string;
  let cluster: NatsCluster;
  const links: NatsLink[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-jetstream-'));
    cluster = await NatsCluster.start({ folder });
  });

  after(async () => {
    for (const link of links) await link.close();
    await cluster.kill9();
    await rm(folder, { recursive: true });
  });

  async function open() {
    const link = await connectNats({ servers: cluster.urls, name: 'test' });
    links.push(link);
    return { link, log: await openJetStreamEventLog({ link, replicas: 3, ackTimeoutMs: 2000 }) };
  }

  async function leaderOf(link: NatsLink): Promise<NatsServer> {
    const { streams } = await managerOf(link);
    let leader: NatsServer | undefined;
    await until(async () => {
      const name = await streams.info('CSMS_EVENTS').then(
        (info) => info.cluster?.leader,
        () => undefined,
      );
      leader = cluster.nodes.find((_, at) => `n${at + 1}` === name);
      return leader?.pid !== undefined;
    });
    return leader ?? assert.fail();
  }

  test(`its leader is killed and started again under load: every event once, in order (seed ${SEED})`, async () => {
    const { log, link } = await open();
    assert.equal((await (await managerOf(link)).streams.info('CSMS_EVENTS')).config.num_replicas, 3);
    const outbox = new TestOutbox(randomFrom(SEED));
    const following = new AbortController();
    const reader = follow((await open()).log, following.signal);
    let stopping = false;
    const working = (async () => {
      while (!stopping) {
        outbox.decide(40);
        await outbox.settleAll(log);
      }
    })();
    const progress = async () => {
      const reached = outbox.acknowledged;
      await until(() => outbox.acknowledged > reached + 400, 40_000);
    };
    await progress();
    const leader = await leaderOf(link);
    await leader.kill9();
    await progress();
    await leader.start();
    await cluster.ready();
    await progress();
    stopping = true;
    await working;
    const { state } = await (await managerOf(link)).streams.info('CSMS_EVENTS');
    // A replica may be a moment behind.
    await until(() => reader.next >= state.last_seq);
    following.abort();
    await outbox.check(log);
    const cursors = reader.entries.map(({ cursor }) => cursor);
    assert.deepEqual(
      cursors,
      Array.from({ length: state.messages }, (_, at) => at + 1),
    );
    await log.close();
  });
});

/** Reads all there is, and what comes, until the signal. */
function follow(
  log: EventLog,
  signal: AbortSignal,
): { readonly entries: LoggedEntry[]; readonly next: number } {
  const reader = { entries: [] as LoggedEntry[], next: 0 };
  void (async () => {
    while (!signal.aborted) {
      try {
        const page = await log.read({ after: reader.next, limit: 100 });
        reader.entries.push(...page.entries);
        if (page.next === reader.next) await log.waitFor(reader.next, signal);
        reader.next = page.next;
      } catch {
        // Tried again until the signal.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await log.close();
  })();
  return reader;
}
