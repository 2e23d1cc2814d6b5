import { optionTable, types, type TableValues } from '../../libs/ops/mod.js';

const topic = 'Business services';

/** Where business services call. */
export const GRPC_OPTIONS = optionTable({
  grpcHost: {
    env: 'STATIONMASTER_GRPC_HOST',
    flag: 'grpc-host',
    type: types.string({ name: 'address' }),
    default: '127.0.0.1',
    help: 'Address on which gRPC is served to business services; 0.0.0.0 for every one of this machine.',
    topic,
  },
  grpcPort: {
    env: 'STATIONMASTER_GRPC_PORT',
    flag: 'grpc-port',
    type: types.port,
    default: 9221,
    help: 'Port of gRPC for business services.',
    topic,
  },
});

export type GrpcSettings = TableValues<typeof GRPC_OPTIONS>;
