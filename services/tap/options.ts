import { defineOptions, types, type OptionValues } from '../../libs/ops/mod.js';

const WHAT = 'What to show';
const HOW = 'How to show it';
const WHERE = 'Where the gateway is';

/** What `npm run tap` can be told. */
export type TapOptionValues = OptionValues<typeof OPTIONS>;

export const OPTIONS = defineOptions({
  program: 'npm run tap --',
  about:
    'Shows what goes over the WebSocket of one station, live: its frames in both directions, with secrets masked, how its connections begin and end, and its handshakes that are refused. Waits for a station that is not connected. Ctrl-C ends it.',
  argument: 'station',
  table: {
    station: {
      flag: 'station',
      type: types.optional(types.string({ name: 'station id' })),
      default: undefined,
      help: 'The station. Its id may stand without the flag.',
      topic: WHAT,
    },
    duration: {
      flag: 'duration',
      type: types.duration({ max: 2 ** 31 - 1 }),
      default: 0,
      help: 'Ends after so long; 0: goes on.',
      topic: WHAT,
    },
    full: {
      flag: 'full',
      type: types.boolean,
      default: false,
      help: "Whole payloads; otherwise a line ends at the terminal's width.",
      topic: HOW,
    },
    json: {
      flag: 'json',
      type: types.boolean,
      default: false,
      help: 'A JSON object a line: TapStationResponse of docs/reference/api.md.',
      topic: HOW,
    },
    grpcAddress: {
      env: 'STATIONMASTER_GRPC_ADDRESS',
      flag: 'grpc-address',
      type: types.string({
        name: 'host:port',
        pattern: /^(\[[0-9A-Fa-f:.]+\]|[^:/\s]+):\d{1,5}$/,
        expected: 'host:port, such as 127.0.0.1:9221',
      }),
      default: '127.0.0.1:9221',
      help: 'Where the gateway serves gRPC.',
      topic: WHERE,
    },
    token: {
      env: 'STATIONMASTER_TOKEN',
      flag: 'token',
      type: types.optional({ ...types.string({ name: 'token' }), isSecret: true as const }),
      default: undefined,
      help: "Token of a client with the role tap in the gateway's API clients file. Others on this machine can see flags: the variable or --token-file hides it.",
      topic: WHERE,
    },
    tokenFile: {
      flag: 'token-file',
      type: types.optional(types.path),
      default: undefined,
      help: 'File with that token.',
      topic: WHERE,
    },
    tls: {
      flag: 'tls',
      type: types.boolean,
      default: false,
      help: 'Speak TLS, and trust the authorities that Node trusts. --ca and --cert imply it.',
      topic: WHERE,
    },
    ca: {
      flag: 'ca',
      type: types.optional(types.path),
      default: undefined,
      help: "PEM file with the certificate authority of the gateway's certificate.",
      topic: WHERE,
    },
    cert: {
      flag: 'cert',
      type: types.optional(types.path),
      default: undefined,
      help: 'PEM file with the certificate of this client, where the gateway wants one (mutual TLS).',
      topic: WHERE,
    },
    key: {
      flag: 'key',
      type: types.optional(types.path),
      default: undefined,
      help: 'PEM file with the private key of --cert.',
      topic: WHERE,
    },
  },
});
