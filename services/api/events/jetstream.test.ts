import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { connectNats, type NatsLink } from '../../../libs/bus/mod.js';
import { openJetStreamEventLog } from '../../../libs/eventlog/mod.js';
import { NatsServer } from '../../../libs/servers/mod.js';
import { eventStreamSuite } from './suite.fixture.js';

let folder: string;
let server: NatsServer;
let link: NatsLink;
let streams = 0;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-events-'));
  server = await NatsServer.start({ folder });
  link = await connectNats({ servers: [server.url], name: 'test' });
});

after(async () => {
  await link.close();
  await server.kill9();
  await rm(folder, { recursive: true });
});

// Streams of a server share their subjects: each test has one of its own, and the one before is deleted.
eventStreamSuite('JetStream', async () => {
  const deleted = `$JS.API.STREAM.DELETE.EVENTS_${streams}`;
  if (streams > 0) await link.connection.request(deleted);
  return openJetStreamEventLog({ link, stream: `EVENTS_${++streams}` });
});
