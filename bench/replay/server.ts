// A process that serves the events of a log over gRPC. It is told which log and how many events, and tells its port;
// then it tells its CPU time whenever it is asked.
import { createServer } from 'nice-grpc';
import { grpc } from '../../libs/api/mod.js';
import { connectNats } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import {
  memoryEventLog,
  openJetStreamEventLog,
  openLmdbEventLog,
  type EventEntry,
  type EventLog,
} from '../../libs/eventlog/mod.js';
import { createMetrics } from '../../libs/ops/mod.js';
import { NatsServer } from '../../libs/servers/mod.js';
import { openLmdb } from '../../libs/store/mod.js';
import { eventService, Streams } from '../../services/api/events/mod.js';
import { ownCpu } from '../harness/cpu.js';
import type { FromReplayServer, LogName, ToReplayServer } from './protocol.js';

const STATIONS = 100;

const OPEN: Readonly<Record<LogName, () => Promise<EventLog>>> = {
  memory: () => Promise.resolve(memoryEventLog()),
  LMDB: async () =>
    openLmdbEventLog({ environment: await openLmdb({ path: '.', commitIntervalMs: 0, sync: 'system' }) }),
  JetStream: async () => {
    const server = await NatsServer.start({ folder: '.' });
    process.once('SIGTERM', () => void server.kill9().then(() => process.exit(0)));
    return openJetStreamEventLog({ link: await connectNats({ servers: [server.url], name: 'bench' }) });
  },
};

function eventOf(index: number): EventEntry {
  const number = 1 + Math.floor(index / STATIONS);
  const station = `ST-${index % STATIONS}`;
  const event = {
    specversion: '1.0',
    id: `1-${number}`,
    source: `/stations/${station}`,
    type: 'meter.values',
    time: '2026-11-21T10:00:00.000Z',
    data: {
      evseId: 1,
      connectorId: 1,
      meterValue: Array.from({ length: 4 }, () => ({
        timestamp: '2026-11-21T10:00:00.000Z',
        sampledValue: [{ value: index, measurand: 'Energy.Active.Import.Register', location: 'Outlet' }],
      })),
    },
  };
  return {
    station,
    incarnation: 1,
    number,
    type: 'meter.values',
    data: Buffer.from(JSON.stringify(event)),
  };
}

async function serve({ log: name, events }: Extract<ToReplayServer, { kind: 'serve' }>): Promise<number> {
  const eventlog = await OPEN[name]();
  for (let from = 0; from < events; from += STATIONS)
    await eventlog.append(Array.from({ length: STATIONS }, (_, at) => eventOf(from + at)));
  const server = createServer();
  const clock = systemClock();
  const metrics = createMetrics();
  server.add(
    grpc.EventServiceDefinition,
    eventService({ eventlog, clock, streams: new Streams(metrics), metrics }),
  );
  return server.listen('127.0.0.1:0');
}

const tell = (message: FromReplayServer): void => void process.send?.(message);

process.on('message', (message: ToReplayServer) => {
  if (message.kind === 'cpu') tell({ kind: 'cpu', cpu: ownCpu() });
  else void serve(message).then((port) => tell({ kind: 'serving', port }));
});
