import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Metadata } from 'nice-grpc-common';
import { connect } from '../../libs/api/client/mod.js';
import { Closers, defaultsOf, silentLogger } from '../../libs/ops/mod.js';
import { LOOPBACK, NatsServer, RedisServer } from '../../libs/servers/mod.js';
import { OPTIONS as API_OPTIONS } from '../../services/api/options.js';
import { startApiProcess } from '../../services/api/process.js';
import { OPTIONS as EDGE_OPTIONS } from '../../services/edge/options.js';
import { startEdgeProcess } from '../../services/edge/process.js';
import { standaloneConfig } from '../../services/standalone/configuration.js';
import { startStandalone } from '../../services/standalone/start.js';
import { OPTIONS as WORKER_OPTIONS } from '../../services/worker/options.js';
import { startWorkerProcess } from '../../services/worker/process.js';
import { assertEvent } from '../api/validators.js';
import { RawClient } from '../client/raw-client.js';
import { Collector } from './collector.js';

const logger = silentLogger();

/** A gateway that traces everything it begins, or a share of it. */
interface Gateway {
  readonly ocppUrl: string;
  readonly grpcAddress: string;
  /** `service.name` of each part. */
  readonly services: { readonly edge: string; readonly worker: string; readonly api: string };
}

interface Setting {
  readonly tracesUrl: string;
  readonly tracesRatio: number;
}

type Start = (setting: Setting, closers: Closers) => Promise<Gateway>;

async function folderFor(closers: Closers): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  closers.add(() => rm(folder, { recursive: true }));
  return folder;
}

const OPS = { opsHost: LOOPBACK, opsPort: 0 } as const;

const standalone: Start = async (setting, closers) => {
  const ports = { host: LOOPBACK, ocppPort: 0, ...OPS, grpcPort: 0, drainTime: 0 };
  const config = standaloneConfig({ ...ports, ...setting, dataDir: await folderFor(closers) });
  const gateway = await startStandalone(config, { logger });
  closers.add(() => gateway.close());
  const name = 'stationmaster-standalone';
  return {
    ocppUrl: `ws://${LOOPBACK}:${gateway.ocppPort}/ocpp`,
    grpcAddress: `${LOOPBACK}:${gateway.grpcPort}`,
    services: { edge: name, worker: name, api: name },
  };
};

const cluster: Start = async (setting, closers) => {
  const folder = await folderFor(closers);
  const nats = await NatsServer.start({ folder: path.join(folder, 'nats') });
  closers.add(() => nats.kill9());
  const redis = await RedisServer.start({ folder: path.join(folder, 'redis') });
  closers.add(() => redis.kill9());
  const place = { ...OPS, ...setting, mode: 'open', natsUrl: [nats.url], redisUrl: redis.url } as const;
  const worker = await startWorkerProcess({ ...defaultsOf(WORKER_OPTIONS), ...place }, { logger });
  closers.add(() => worker.close());
  const own = { host: LOOPBACK, ocppPort: 0, drainTime: 0 };
  const edge = await startEdgeProcess({ ...defaultsOf(EDGE_OPTIONS), ...place, ...own }, { logger });
  closers.add(() => edge.close());
  const api = await startApiProcess({ ...defaultsOf(API_OPTIONS), ...place, grpcPort: 0 }, { logger });
  closers.add(() => api.close());
  return {
    ocppUrl: `ws://${LOOPBACK}:${edge.ocppPort}/ocpp`,
    grpcAddress: `${LOOPBACK}:${api.grpcPort}`,
    services: { edge: 'stationmaster-edge', worker: 'stationmaster-worker', api: 'stationmaster-api' },
  };
};

async function start(t: TestContext, open: Start, tracesRatio: number) {
  const closers = new Closers(logger);
  t.after(() => closers.close());
  const collector = await Collector.start();
  closers.add(() => collector.stop());
  const gateway = await open({ tracesUrl: collector.url, tracesRatio }, closers);
  const client = connect({ address: gateway.grpcAddress });
  closers.add(async () => client.close());
  const station = await RawClient.connect({
    url: gateway.ocppUrl,
    stationId: 'CS 1',
    protocols: ['ocpp1.6'],
  });
  closers.add(async () => void (await station.close()));
  return { collector, gateway, client, station };
}

const BOOT = { chargePointVendor: 'Example', chargePointModel: 'One' };
const START = { connectorId: 1, idTag: 'CARD', meterStart: 0, timestamp: '2026-03-01T10:00:00.000Z' };
const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traceparentOf = ({ traceId, spanId }: typeof CALLER) => `00-${traceId}-${spanId}-01`;
const TRACEPARENT = traceparentOf(CALLER);

for (const [name, open] of Object.entries({ standalone, cluster })) {
  describe(`traces of ${name}`, () => {
    test('one trace goes from the edge over the worker to the decision, and into the event', async (t) => {
      const { collector, gateway, client, station } = await start(t, open, 1);
      let asked: string | undefined;
      const decider = await client.decide({
        StartTransaction: ({ traceparent }) => {
          asked = traceparent;
          return { idTokenInfo: { status: 'Accepted' } };
        },
      });
      await station.result('b', 'BootNotification', BOOT);
      await station.result('s', 'StartTransaction', START);

      const called = await collector.span('the CALL', (span) => span.name === 'CALL StartTransaction');
      assert.equal(called.service, gateway.services.edge);
      assert.equal(called.parentSpanId, '');
      assert.deepEqual(
        ['station.id', 'ocpp.version', 'ocpp.action', 'ocpp.message_id', 'ocpp.outcome'].map(
          (key) => called.attributes[key],
        ),
        ['CS 1', '1.6', 'StartTransaction', 's', 'result'],
      );
      const below = async (what: string, parent: string) =>
        await collector.span(what, (span) => span.name === what && span.parentSpanId === parent);
      const handled = await below('handle StartTransaction', called.spanId);
      assert.equal(handled.service, gateway.services.worker);
      assert.deepEqual(handled.events, ['taken from the mailbox', 'asked for a decision']);
      const decided = await below('decide StartTransaction', handled.spanId);
      assert.equal(decided.attributes['stationmaster.decision'], 'decided');
      assert.equal(decided.attributes['stationmaster.default'], false);
      const committed = await below('commit', handled.spanId);
      for (const span of [handled, decided, committed]) assert.equal(span.traceId, called.traceId);
      assert.ok(decided.start >= handled.start && decided.end <= handled.end);
      assert.equal(asked, `00-${called.traceId}-${decided.spanId}-01`);
      for (const { failure } of [called, handled, decided, committed]) assert.equal(failure, undefined);
      const { 'service.version': version, 'service.instance.id': instance } = called.resource;
      assert.match(String(version), /^\d+\.\d+\.\d+/);
      assert.notEqual(instance, undefined);

      for await (const { event } of client.events({ types: ['transaction.started'], fromOldest: true })) {
        assertEvent(event);
        assert.equal(event.traceparent, `00-${called.traceId}-${handled.spanId}-01`);
        break;
      }
      await decider.end();
    });

    test('a command belongs to the trace of its caller, from the API to the answer of the station', async (t) => {
      const { collector, gateway, client, station } = await start(t, open, 0);
      await station.result('b', 'BootNotification', BOOT);
      const command = { stationId: 'CS 1', action: 'Reset', payload: '{"type":"Soft"}', terms: '1.6' };
      const { commands } = client.services;
      const callers = [CALLER, { ...CALLER, traceId: CALLER.traceId.replace('4b', '4c') }] as const;
      const [first, second] = callers.map(traceparentOf);
      const metadata = Metadata({ traceparent: first ?? '' });
      for (const sent of [
        () => commands.sendCommand({ command }, { metadata }),
        () => commands.sendCommand({ command, traceparent: second ?? '' }),
      ]) {
        const outcome = sent();
        const [, id] = await station.next();
        station.send(JSON.stringify([3, id, { status: 'Accepted' }]));
        await outcome;
      }
      const takenBy: string[] = [];
      for (const { traceId, spanId } of callers) {
        const below = async (what: string, parent: string) =>
          await collector.span(
            what,
            (span) => span.name === what && span.parentSpanId === parent && span.traceId === traceId,
          );
        const called = await below('SendCommand', spanId);
        assert.equal(called.service, gateway.services.api);
        const taken = await below('handle command Reset', called.spanId);
        const ordered = await below('CALL Reset to the station', taken.spanId);
        assert.equal(ordered.service, gateway.services.edge);
        assert.equal(ordered.attributes['ocpp.outcome'], 'result');
        const answered = await below('handle the answer of a station', ordered.spanId);
        assert.equal(answered.service, gateway.services.worker);
        takenBy.push(traceparentOf(taken));
      }
      const traces = callers.map(({ traceId }) => traceId);
      assert.ok(collector.spans.every(({ traceId }) => traces.includes(traceId)));

      for await (const { event } of client.events({ types: ['command.completed'], fromOldest: true })) {
        assertEvent(event);
        assert.equal(event.traceparent, takenBy.shift());
        if (takenBy.length === 0) break;
      }
    });

    test('what is not sampled makes no span, and leaves no mark in events and questions', async (t) => {
      const { collector, client, station } = await start(t, open, 0);
      const traced: boolean[] = [];
      const decider = await client.decide({
        StartTransaction: (question) => {
          traced.push('traceparent' in question);
          return { idTokenInfo: { status: 'Accepted' } };
        },
      });
      await station.result('b', 'BootNotification', BOOT);
      await station.result('s', 'StartTransaction', START);
      for (const traceparent of ['', 'nonsense', TRACEPARENT.replace(/01$/, '00')]) {
        const sent = client.services.commands.sendCommand({
          command: { stationId: 'CS 1', action: 'Reset', payload: '{"type":"Soft"}', terms: '1.6' },
          traceparent,
        });
        const [, id] = await station.next();
        station.send(JSON.stringify([3, id, { status: 'Accepted' }]));
        await sent;
      }
      const seen: string[] = [];
      for await (const { event } of client.events({ fromOldest: true })) {
        seen.push(event.type);
        assert.equal('traceparent' in event, false, event.type);
        if (event.type === 'command.completed') break;
      }
      assert.ok(seen.includes('transaction.started'));
      assert.deepEqual(traced, [false]);
      await decider.end();
      assert.deepEqual(collector.spans, []);
    });
  });
}
