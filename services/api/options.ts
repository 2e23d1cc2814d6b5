import { DECISION_OPTIONS, NATS_OPTIONS, REDIS_OPTIONS, WAIT_OPTIONS } from '../../libs/cluster/mod.js';
import {
  defineOptions,
  modeOption,
  OPERATION_OPTIONS,
  types,
  type OptionValues,
} from '../../libs/ops/mod.js';
import { TRACE_OPTIONS } from '../../libs/tracing/mod.js';
import { SECURITY_OPTIONS } from './security/mod.js';
import { GRPC_OPTIONS } from './settings.js';

/** What `npm run api` can be told. */
export type ApiOptionValues = OptionValues<typeof OPTIONS>;

export const OPTIONS = defineOptions({
  program: 'npm run api --',
  about:
    "Stationmaster's API: gRPC for business services, and the same methods over NATS. Stateless: as many as wanted, each serves every station.",
  table: {
    mode: modeOption({
      default: 'provisioned',
      help: 'open: anybody who reaches the port may call, for trying out only. provisioned: only on a loopback address, or who stands in the API clients file.',
    }),
    ...GRPC_OPTIONS,
    ...SECURITY_OPTIONS,
    ...DECISION_OPTIONS,
    ...NATS_OPTIONS,
    ...REDIS_OPTIONS,
    ...WAIT_OPTIONS,
    commandTimeout: {
      env: 'STATIONMASTER_COMMAND_TIMEOUT',
      flag: 'command-timeout',
      type: types.duration({ min: 100, max: 3_600_000 }),
      default: 30_000,
      help: 'How long a station has to answer a command whose caller sets neither a timeout nor a deadline.',
      topic: 'How stations are treated',
    },
    apiId: {
      env: 'STATIONMASTER_API_ID',
      flag: 'api-id',
      type: types.optional(types.serviceId),
      default: undefined,
      help: 'Name of this process in logs and subjects, no two of a cluster alike. Left out: a random one.',
      topic: 'Operation',
    },
    ...OPERATION_OPTIONS,
    ...TRACE_OPTIONS,
  },
});
