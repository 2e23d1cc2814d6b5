import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectNats, type NatsLink } from '../../bus/mod.js';
import { NatsServer } from '../../servers/mod.js';
import type { EventLogHarness } from '../contract-harness.js';
import { eventLogContract } from '../contract.js';
import { openJetStreamEventLog } from '../mod.js';
import type { Retention } from '../rules.js';

/** The server has no clock to be set: what the suite calls an hour takes 1.5 s. */
const SCALE = 2400;
const scaled = ({ maxEntries, maxAgeMs }: Retention): Retention => ({
  ...(maxEntries === undefined ? {} : { maxEntries }),
  ...(maxAgeMs === undefined ? {} : { maxAgeMs: maxAgeMs / SCALE }),
});

let folder: string;
let server: NatsServer;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-jetstream-'));
  server = await NatsServer.start({ folder });
});

after(async () => {
  await server.kill9();
  await rm(folder, { recursive: true });
});

const connect = () => connectNats({ servers: [server.url], name: 'contract' });

eventLogContract(
  'jetstream',
  async (retention) => {
    const open = (link: NatsLink) => openJetStreamEventLog({ link, retention: scaled(retention) });
    let link = await connect();
    const harness: EventLogHarness = {
      log: await open(link),
      pass: (ms) => sleep(ms / SCALE),
      reopen: async () => {
        await harness.log.close();
        await link.close();
        link = await connect();
        return open(link);
      },
      dispose: async () => {
        await harness.log.close();
        await (await jetstreamManager(link.connection)).streams.delete('CSMS_EVENTS');
        await link.close();
      },
    };
    return harness;
  },
  { durable: true, scans: false, totalOrder: false },
);
