import { DECISION_OPTIONS } from '../../libs/cluster/mod.js';
import {
  defineOptions,
  modeOption,
  OPERATION_OPTIONS,
  types,
  type OptionValues,
} from '../../libs/ops/mod.js';
import { TRACE_OPTIONS } from '../../libs/tracing/mod.js';
import { GRPC_OPTIONS, SECURITY_OPTIONS } from '../api/mod.js';
import { CALL_OPTIONS, DRAIN_OPTIONS, LIMIT_OPTIONS, LISTEN_OPTIONS } from '../edge/mod.js';
import { EVENT_OPTIONS, STATION_OPTIONS, TOKENS_OPTIONS } from '../worker/mod.js';

/** What `npm start` can be told. */
export type StandaloneConfig = OptionValues<typeof OPTIONS>;

export const OPTIONS = defineOptions({
  program: 'npm start --',
  about:
    'Stationmaster standalone: a whole OCPP gateway (1.6, 2.0.1, 2.1) in one process, with its state in files.',
  table: {
    mode: modeOption({
      default: 'open',
      help: 'open: any station and any id token is accepted; for trying out only. provisioned: only known stations, and only id tokens that a tokens file or a business service accepts.',
    }),
    stationsFile: {
      env: 'STATIONMASTER_STATIONS_FILE',
      flag: 'stations-file',
      type: types.optional(types.path),
      default: undefined,
      help: 'YAML or JSON file of the stations that may connect, with their credentials. Closes the door to all others, whatever the mode. Read again when it changes and on SIGHUP.',
      topic: 'Who may enter',
    },
    ...TOKENS_OPTIONS,
    ...LISTEN_OPTIONS,
    ...STATION_OPTIONS,
    ...CALL_OPTIONS,
    ...LIMIT_OPTIONS,
    ...GRPC_OPTIONS,
    ...SECURITY_OPTIONS,
    ...DECISION_OPTIONS,
    dataDir: {
      env: 'STATIONMASTER_DATA_DIR',
      flag: 'data-dir',
      type: types.path,
      default: './data',
      help: 'Folder for the state of stations and the event log; made when it is not there. One gateway at a time.',
      topic: 'State',
    },
    ...EVENT_OPTIONS,
    ...OPERATION_OPTIONS,
    ...TRACE_OPTIONS,
    ...DRAIN_OPTIONS,
  },
});
