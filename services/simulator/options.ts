import { defineOptions, types, type OptionValues } from '../../libs/ops/mod.js';

/** What a simulation is asked to do. Durations are milliseconds. */
export type SimulatorConfig = OptionValues<typeof SIMULATOR_OPTIONS>;
export type Scenario = SimulatorConfig['scenario'];

const WHAT = 'What happens';
const WHERE = 'Where and as whom';
const OUTPUT = 'Output';

export const SIMULATOR_OPTIONS = defineOptions({
  program: 'npm run simulate --',
  about:
    'Simulates charging stations against an OCPP gateway. Ends with a summary; the exit status is 0 only if everything that was asked for happened.',
  table: {
    url: {
      flag: 'url',
      type: types.url(['ws:', 'wss:']),
      default: 'ws://127.0.0.1:9220/ocpp',
      help: 'Where the stations connect; the station id is appended as the last path segment.',
      topic: WHERE,
    },
    stations: {
      flag: 'stations',
      type: types.integer({ min: 1, max: 100_000 }),
      default: 50,
      help: 'Number of stations, of each version with --version all. Each takes a TCP port of this machine.',
      topic: WHAT,
    },
    version: {
      flag: 'version',
      type: types.choice(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1', 'all']),
      default: 'all',
      help: 'The version that the stations speak.',
      topic: WHAT,
    },
    scenario: {
      flag: 'scenario',
      type: types.choice(['charge', 'idle', 'storm', 'commands']),
      default: 'charge',
      help: 'charge: boot, charging sessions, done. idle: boot, then heartbeats until --duration is over or Ctrl-C. storm: everybody connects at once, boots and leaves. commands: as idle, and remotely started sessions end by themselves after --session-length.',
      topic: WHAT,
    },
    sessions: {
      flag: 'sessions',
      type: types.integer({ min: 1, max: 1_000_000 }),
      default: 1,
      help: 'Charging sessions of each station, one after the other (scenario charge).',
      topic: WHAT,
    },
    meterInterval: {
      flag: 'meter-interval',
      type: types.duration({ min: 10 }),
      default: 1000,
      help: 'Time between two meter values of a session.',
      topic: WHAT,
    },
    sessionLength: {
      flag: 'session-length',
      type: types.duration({ min: 10 }),
      default: 5000,
      help: 'How long a vehicle charges.',
      topic: WHAT,
    },
    duration: {
      flag: 'duration',
      type: types.duration(),
      default: 0,
      help: 'End after so long (scenarios idle and commands); 0: go on until Ctrl-C. In the other scenarios a limit, 0: none.',
      topic: WHAT,
    },
    ramp: {
      flag: 'ramp',
      type: types.integer({ min: 0, max: 100_000 }),
      default: 100,
      help: 'Stations that start each second; 0: all at once, as in the scenario storm.',
      topic: WHAT,
    },
    timeout: {
      flag: 'timeout',
      type: types.duration({ min: 100 }),
      default: 30_000,
      help: 'How long a station waits for the answer to a CALL.',
      topic: WHAT,
    },
    seed: {
      flag: 'seed',
      type: types.integer({ min: 0, max: 4_294_967_295 }),
      default: 0,
      help: 'Seed of all randomness; 0: a new one, printed in the summary.',
      topic: WHAT,
    },
    idPrefix: {
      flag: 'id-prefix',
      type: types.string({ pattern: /^[A-Za-z0-9_-]{1,20}$/, expected: 'up to 20 of A-Z a-z 0-9 _ -' }),
      default: 'SIM',
      help: 'First part of the station ids: SIM makes SIM16-0001, SIM201-0001 and SIM21-0001.',
      topic: WHERE,
    },
    idTag: {
      flag: 'id-tag',
      type: types.optional(types.string({ pattern: /^.{1,20}$/u, expected: 'a text of 1 to 20 characters' })),
      default: undefined,
      help: 'Token that every driver presents; left out: one for each station, as TAG16-0001.',
      topic: WHERE,
    },
    password: {
      flag: 'password',
      env: 'STATIONMASTER_SIMULATOR_PASSWORD',
      type: types.optional(types.string()),
      default: undefined,
      help: 'Password of every station (Basic authentication).',
      topic: WHERE,
    },
    passwordPrefix: {
      flag: 'password-prefix',
      type: types.optional(types.string()),
      default: undefined,
      help: 'Gives every station a password of its own: this text and its station id.',
      topic: WHERE,
    },
    ca: {
      flag: 'ca',
      type: types.optional(types.path),
      default: undefined,
      help: 'PEM file with the certificate authority to trust (wss).',
      topic: WHERE,
    },
    cert: {
      flag: 'cert',
      type: types.optional(types.path),
      default: undefined,
      help: "PEM file with the stations' client certificate (security profile 3).",
      topic: WHERE,
    },
    key: {
      flag: 'key',
      type: types.optional(types.path),
      default: undefined,
      help: 'PEM file with the private key of --cert.',
      topic: WHERE,
    },
    json: {
      flag: 'json',
      type: types.boolean,
      default: false,
      help: 'Print the summary as one JSON object.',
      topic: OUTPUT,
    },
    quiet: {
      flag: 'quiet',
      type: types.boolean,
      default: false,
      help: 'No progress, only the summary.',
      topic: OUTPUT,
    },
  },
});
