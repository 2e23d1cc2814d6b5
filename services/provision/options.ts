import { NATS_OPTIONS, REDIS_OPTIONS } from '../../libs/cluster/mod.js';
import { defineOptions, types, type OptionValues } from '../../libs/ops/mod.js';

const WHAT = 'What to do (one of these)';

/** What `npm run provision` can be told. */
export type ProvisionOptionValues = OptionValues<typeof OPTIONS>;

export const OPTIONS = defineOptions({
  program: 'npm run provision --',
  about:
    'Tells a cluster which stations may connect: writes the directory in Redis, and has the edges end the connections of stations that may not stay.',
  table: {
    stationsFile: {
      env: 'STATIONMASTER_STATIONS_FILE',
      flag: 'stations-file',
      type: types.optional(types.path),
      default: undefined,
      help: 'YAML or JSON file of the stations that may connect, with their credentials. The directory then holds these and no others.',
      topic: WHAT,
    },
    list: {
      flag: 'list',
      type: types.boolean,
      default: false,
      help: 'Prints the stations of the directory, without passwords.',
      topic: WHAT,
    },
    cutOff: {
      flag: 'cut-off',
      type: types.list(types.string({ name: 'station id' })),
      default: [],
      help: 'Has the edges end the open connections of these stations, which come in again as far as the directory lets them.',
      topic: WHAT,
    },
    ...REDIS_OPTIONS,
    ...NATS_OPTIONS,
  },
});
