import { optionTable, types, type Mode, type TableValues } from '../../../libs/ops/mod.js';

const topic = 'Business services';

/** Who may call, and how the calls are protected. */
export const SECURITY_OPTIONS = optionTable({
  grpcTlsCert: {
    env: 'STATIONMASTER_GRPC_TLS_CERT',
    flag: 'grpc-tls-cert',
    type: types.optional(types.path),
    default: undefined,
    help: 'PEM file with the certificate of the gRPC port and its chain; the port then speaks TLS 1.2 or newer. A renewed file is taken up without a restart.',
    topic,
  },
  grpcTlsKey: {
    env: 'STATIONMASTER_GRPC_TLS_KEY',
    flag: 'grpc-tls-key',
    type: types.optional(types.path),
    default: undefined,
    help: 'PEM file with the private key of that certificate.',
    topic,
  },
  grpcClientCa: {
    env: 'STATIONMASTER_GRPC_CLIENT_CA',
    flag: 'grpc-client-ca',
    type: types.optional(types.path),
    default: undefined,
    help: 'PEM file with the authorities of client certificates. Only who has a certificate of one of them can connect (mutual TLS).',
    topic,
  },
  apiClientsFile: {
    env: 'STATIONMASTER_API_CLIENTS_FILE',
    flag: 'api-clients-file',
    type: types.optional(types.path),
    default: undefined,
    help: 'YAML or JSON file of the business services that may call, with their tokens or certificates and their roles. Without it anybody who reaches the port may call everything. Read again when it changes and on SIGHUP.',
    topic,
  },
});

/** What decides who may call. */
export type SecuritySettings = TableValues<typeof SECURITY_OPTIONS> & {
  readonly mode: Mode;
  /** The address on which gRPC is served. */
  readonly grpcHost: string;
};
