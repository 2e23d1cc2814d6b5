import { defineOptions, runMain, types } from '../../libs/ops/mod.js';
import { runCampaign } from './campaign.js';
import { render } from './report.js';

const TOPIC = 'Hostile input';

const OPTIONS = defineOptions({
  program: 'npm run hostile --',
  about:
    'Attacks a gateway over real sockets with malformed messages, broken WebSockets and handshakes, floods and stations that do not read, while good stations charge. Ends with status 0 when the gateway stood it, else 1.',
  table: {
    frames: {
      flag: 'frames',
      type: types.integer({ min: 1_000, max: 100_000_000 }),
      default: 1_000_000,
      help: 'Messages and other WebSocket frames to send, about; numbers of connections grow with it.',
      topic: TOPIC,
    },
    seed: {
      flag: 'seed',
      type: types.integer({ min: 0, max: 2 ** 31 }),
      default: 1,
      help: 'The same seed makes the same attacks.',
      topic: TOPIC,
    },
    stations: {
      flag: 'stations',
      type: types.integer({ min: 0, max: 1_000 }),
      default: 20,
      help: 'Stations that behave, and must be served.',
      topic: TOPIC,
    },
    url: {
      flag: 'url',
      type: types.optional(types.url(['ws:'])),
      default: undefined,
      help: 'A gateway that runs already, e.g. ws://127.0.0.1:9220/ocpp, in open mode and with nobody else on it; else one is started.',
      topic: TOPIC,
    },
    opsUrl: {
      flag: 'ops-url',
      type: types.optional(types.url(['http:'])),
      default: undefined,
      help: "With --url: where that gateway's metrics are, e.g. http://127.0.0.1:9222; without it its memory is not looked at.",
      topic: TOPIC,
    },
    socket: {
      flag: 'socket',
      type: types.choice(['auto', 'uws', 'ws']),
      default: 'auto',
      help: 'WebSocket implementation of the gateway that is started.',
      topic: TOPIC,
    },
    json: {
      flag: 'json',
      type: types.boolean,
      default: false,
      help: 'Print the result as JSON.',
      topic: TOPIC,
    },
  },
});

await runMain(OPTIONS, async ({ frames, seed, stations, url, opsUrl, socket, json }) => {
  const result = await runCampaign({
    seed,
    frames,
    stations,
    patient: true,
    warmUp: Math.max(1_000, Math.round(frames / 50)),
    flags: ['--socket', socket],
    ...(url === undefined ? {} : { url }),
    ...(opsUrl === undefined ? {} : { opsUrl }),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(json ? `${JSON.stringify(result, undefined, 2)}\n` : render(result));
  process.exitCode = result.problems.length === 0 ? 0 : 1;
});
