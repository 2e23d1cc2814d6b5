import { DECISION_OPTIONS, NATS_OPTIONS, REDIS_OPTIONS, WAIT_OPTIONS } from '../../libs/cluster/mod.js';
import {
  defineOptions,
  modeOption,
  OPERATION_OPTIONS,
  types,
  type OptionValues,
} from '../../libs/ops/mod.js';
import { TRACE_OPTIONS } from '../../libs/tracing/mod.js';
import { EVENT_OPTIONS, STATION_OPTIONS, TOKENS_OPTIONS } from './settings.js';

/** What `npm run worker` can be told. */
export type WorkerOptionValues = OptionValues<typeof OPTIONS>;

export const OPTIONS = defineOptions({
  program: 'npm run worker --',
  about:
    "Stationmaster's worker: keeps the state of stations and decides what they are answered, for edges that are reached over NATS. The workers of a cluster share the stations among themselves.",
  table: {
    mode: modeOption({
      default: 'provisioned',
      help: 'open: any id token may charge, for trying out only. provisioned: only id tokens that a tokens file or a business service accepts.',
    }),
    ...TOKENS_OPTIONS,
    ...NATS_OPTIONS,
    ...REDIS_OPTIONS,
    redisReplicas: {
      env: 'STATIONMASTER_REDIS_REPLICAS',
      flag: 'redis-replicas',
      type: types.integer({ min: 0, max: 9 }),
      default: 0,
      help: 'Replicas of Redis that must have acknowledged a write before anything is answered.',
      topic: 'Servers',
    },
    ...WAIT_OPTIONS,
    ...STATION_OPTIONS,
    ...DECISION_OPTIONS,
    ...EVENT_OPTIONS,
    eventReplicas: {
      env: 'STATIONMASTER_EVENT_REPLICAS',
      flag: 'event-replicas',
      type: types.optional(types.integer({ min: 1, max: 5 })),
      default: undefined,
      help: 'Servers of the NATS cluster that keep each event; 3 survives the loss of one. Left out: as many as the event log has, 1 for a new one.',
      topic: 'State',
    },
    workerId: {
      env: 'STATIONMASTER_WORKER_ID',
      flag: 'worker-id',
      type: types.optional(types.serviceId),
      default: undefined,
      help: 'Name of this worker in leases and logs, no two of a cluster alike. Left out: a random one.',
      topic: 'Operation',
    },
    leaseTime: {
      env: 'STATIONMASTER_LEASE_TIME',
      flag: 'lease-time',
      type: types.duration({ min: 1000, max: 60_000 }),
      default: 5000,
      help: 'How long the stations of a worker that died wait for another one. A worker that could not renew its leases for four fifths of it stops serving.',
      topic: 'Operation',
    },
    ...OPERATION_OPTIONS,
    ...TRACE_OPTIONS,
  },
});
