import assert from 'node:assert/strict';
import { ManualClock } from '../../../libs/clock/mod.js';
import { createMetrics, silentLogger } from '../../../libs/ops/mod.js';
import { hashPassword, memoryStore, type Directory, type StationRecord } from '../../../libs/store/mod.js';
import { Admissions } from '../admission/mod.js';
import { stationHash } from '../admission/station-hash.js';
import { edgeConfig, type EdgeConfigInput } from '../config.js';
import { edgeMetrics } from '../metrics.js';
import { Registry } from '../registry.js';
import type { Refusal, UpgradeDecision, UpgradeRequest } from '../socket/mod.js';
import { Recorder } from '../socket/recorder.fixture.js';
import { Handshake, type Admission } from './handshake.js';
import { LookUps } from './look-up.js';
import { OldPasswords } from './old-passwords.js';

export const PASSWORD = Buffer.from('0123456789abcdef0123');
export const basic = (user: string | Buffer, password: string | Buffer): string =>
  `Basic ${Buffer.concat([Buffer.from(user), Buffer.from(':'), Buffer.from(password)]).toString('base64')}`;

export const STATION: StationRecord = { stationId: 'CP1', credentials: [hashPassword(PASSWORD)] };

export interface Door {
  readonly clock: ManualClock;
  readonly admitted: Admission[];
  readonly dismissed: string[];
  closed: 'draining' | 'full' | undefined;
  knock(request?: Partial<UpgradeRequest>): Promise<UpgradeDecision>;
  counted(text: string): Promise<boolean>;
}

export async function door(
  config: EdgeConfigInput = {},
  records: readonly StationRecord[] = [STATION],
  directory?: Directory,
  running: readonly string[] = [],
): Promise<Door> {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const logger = silentLogger();
  const store = memoryStore({ clock, shards: 256 });
  const known = directory ?? store.directory;
  if (directory === undefined) for (const record of records) await known.put(record);
  const full = edgeConfig(config);
  const { directoryConcurrency: concurrency, directoryTimeoutMs: timeoutMs } = full;
  const lookUps = new LookUps(known, clock, { concurrency, timeoutMs });
  const admitted: Admission[] = [];
  const dismissed: string[] = [];
  await store.running.put('another', Uint32Array.from(running, stationHash));
  const registry = new Registry(clock, full.shards, full.pingIntervalMs);
  const admissions = new Admissions({
    running: store.running,
    registry,
    config: full,
    clock,
    logger,
    metrics,
  });
  await admissions.start();
  const handshake = new Handshake({
    config: full,
    lookUps,
    oldPasswords: new OldPasswords(known, lookUps, logger),
    admissions,
    logger,
    metrics: edgeMetrics(metrics, {
      connections: () => 0,
      totals: { callsInFlight: 0, queuedCalls: 0, queuedBytes: 0, pausedConnections: 0 },
      pendingHandshakes: () => lookUps.pending,
    }),
    closed: () => made.closed,
    admit: (admission) => {
      admitted.push(admission);
      return new Recorder();
    },
    dismiss: (offered) => {
      dismissed.push(offered);
      return new Recorder();
    },
  });
  const made: Door = {
    clock,
    admitted,
    dismissed,
    closed: undefined,
    knock: async (request) =>
      handshake.decide({
        method: 'GET',
        path: '/ocpp/CP1',
        protocols: 'ocpp1.6',
        webSocketVersion: '13',
        authorization: basic('CP1', PASSWORD),
        remoteAddress: '127.0.0.1',
        proxyHeaders: new Map(),
        secure: false,
        ...request,
      }),
    counted: async (text) => (await metrics.text()).includes(text),
  };
  return made;
}

export const bound = (directory: Directory): Directory => ({
  get: (stationId) => directory.get(stationId),
  put: (record) => directory.put(record),
  remove: (stationId) => directory.remove(stationId),
  replace: (stationId, expected, next) => directory.replace(stationId, expected, next),
  list: (options) => directory.list(options),
});

export function refused(decision: UpgradeDecision): Refusal {
  if (decision.accept) assert.fail('let in');
  return decision;
}

export const statusOf = (decision: UpgradeDecision): number =>
  decision.accept ? 101 : Number.parseInt(decision.status, 10);

export const headerOf = (decision: UpgradeDecision, name: string): string | undefined =>
  refused(decision).headers.find(([header]) => header === name)?.[1];
