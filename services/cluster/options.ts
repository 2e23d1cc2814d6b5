import { LOG_OPTIONS, defineOptions, types, type OptionValues } from '../../libs/ops/mod.js';

/** What `npm run cluster` can be told. */
export type ClusterConfig = OptionValues<typeof OPTIONS>;

const SIZE = 'What is started';
const WHERE = 'Where';

export const OPTIONS = defineOptions({
  program: 'npm run cluster --',
  about:
    'A small Stationmaster cluster on this machine, for trying out: NATS and Redis from the programs on the PATH, workers, edges and an API, in open mode.',
  table: {
    edges: {
      flag: 'edges',
      type: types.integer({ min: 1, max: 8 }),
      default: 2,
      help: 'Number of edges. On Linux they share the port of the stations; elsewhere each has its own, ten apart.',
      topic: SIZE,
    },
    workers: {
      flag: 'workers',
      type: types.integer({ min: 1, max: 8 }),
      default: 2,
      help: 'Number of workers.',
      topic: SIZE,
    },
    restart: {
      flag: 'restart',
      type: types.boolean,
      default: false,
      help: 'Starts a process that ended again, after a second. Without it, it stays away, so that one can see how the others go on.',
      topic: SIZE,
    },
    leaseTime: {
      env: 'STATIONMASTER_LEASE_TIME',
      flag: 'lease-time',
      type: types.duration({ min: 1000, max: 60_000 }),
      default: 5000,
      help: 'How long the stations of a killed worker wait for another one.',
      topic: SIZE,
    },
    host: {
      env: 'STATIONMASTER_HOST',
      flag: 'host',
      type: types.string({ name: 'address' }),
      default: '0.0.0.0',
      help: 'Address on which stations are served. Everything else is on 127.0.0.1 only.',
      topic: WHERE,
    },
    ocppPort: {
      env: 'STATIONMASTER_OCPP_PORT',
      flag: 'ocpp-port',
      type: types.port,
      default: 9220,
      help: 'Port for stations.',
      topic: WHERE,
    },
    opsPort: {
      env: 'STATIONMASTER_OPS_PORT',
      flag: 'ops-port',
      type: types.port,
      default: 9222,
      help: 'Port of /healthz, /readyz and /metrics of the first edge; the other edges, the workers and the API have those after it.',
      topic: WHERE,
    },
    grpcPort: {
      env: 'STATIONMASTER_GRPC_PORT',
      flag: 'grpc-port',
      type: types.port,
      default: 9221,
      help: 'Port of gRPC for business services.',
      topic: WHERE,
    },
    natsPort: {
      flag: 'nats-port',
      type: types.port,
      default: 9242,
      help: 'Port of NATS.',
      topic: WHERE,
    },
    redisPort: {
      flag: 'redis-port',
      type: types.port,
      default: 9279,
      help: 'Port of Redis.',
      topic: WHERE,
    },
    dataDir: {
      env: 'STATIONMASTER_DATA_DIR',
      flag: 'data-dir',
      type: types.path,
      default: './data/cluster',
      help: 'Folder for what NATS and Redis keep; made when it is not there.',
      topic: WHERE,
    },
    ...LOG_OPTIONS,
  },
});
