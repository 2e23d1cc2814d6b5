import { NATS_OPTIONS, REDIS_OPTIONS, WAIT_OPTIONS } from '../../libs/cluster/mod.js';
import {
  defineOptions,
  modeOption,
  OPERATION_OPTIONS,
  types,
  type OptionValues,
} from '../../libs/ops/mod.js';
import { TRACE_OPTIONS } from '../../libs/tracing/mod.js';
import { CALL_OPTIONS, DRAIN_OPTIONS, LIMIT_OPTIONS, LISTEN_OPTIONS } from './settings.js';

/** What `npm run edge` can be told. */
export type EdgeOptionValues = OptionValues<typeof OPTIONS>;

export const OPTIONS = defineOptions({
  program: 'npm run edge --',
  about:
    "Stationmaster's edge: the WebSockets of charging stations, for workers that are reached over NATS. As many of them as stations need, behind a load balancer or on one port.",
  table: {
    mode: modeOption({
      default: 'provisioned',
      help: "open: any station may connect, without a password; for trying out only. provisioned: only stations of the directory in Redis, which 'npm run provision' or the API fills.",
    }),
    ...NATS_OPTIONS,
    ...REDIS_OPTIONS,
    ...WAIT_OPTIONS,
    ...LISTEN_OPTIONS,
    sharePort: {
      env: 'STATIONMASTER_SHARE_PORT',
      flag: 'share-port',
      type: types.boolean,
      default: false,
      help: 'Several edges of one machine listen on the same ports, and the kernel spreads the stations over them (SO_REUSEPORT). Needs the uws socket.',
      topic: 'Where stations connect',
    },
    ...CALL_OPTIONS,
    ...LIMIT_OPTIONS,
    edgeId: {
      env: 'STATIONMASTER_EDGE_ID',
      flag: 'edge-id',
      type: types.optional(types.serviceId),
      default: undefined,
      help: 'Name of this edge in subjects and logs, no two of a cluster alike. Left out: a random one.',
      topic: 'Operation',
    },
    ...OPERATION_OPTIONS,
    ...TRACE_OPTIONS,
    ...DRAIN_OPTIONS,
  },
});
