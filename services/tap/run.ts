import { ClientError, grpc, type Gateway } from '../../libs/api/client/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { ConfigError, StartError } from '../../libs/ops/mod.js';
import { openGateway } from './connection.js';
import { Lines } from './line.js';
import type { TapOptionValues } from './options.js';
import { printableJson } from './printable.js';
import { problemOf, wordsOf } from './problem.js';

/** Where lines go. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface RunOptions {
  readonly clock: Clock;
  /** For what is tapped. */
  readonly out: Screen;
  /** For what concerns the tap itself. */
  readonly notes: Screen;
  /** False: no colours, whatever the screen. */
  readonly colours: boolean;
  /** Aborted, the tap ends. */
  readonly signal: AbortSignal;
}

const MAX_STATION_ID_BYTES = 255;
const WIDTH = 80;

/**
 * Shows a station until the signal is aborted, or as long as the options say.
 * @throws ConfigError; StartError when the gateway cannot be reached at the beginning, or does not let this client.
 */
export async function runTap(options: TapOptionValues, run: RunOptions): Promise<void> {
  const stationId = stationOf(options);
  const gateway = openGateway(options);
  const ended = new AbortController();
  const end = () => ended.abort();
  run.signal.addEventListener('abort', end, { once: true });
  if (run.signal.aborted) end();
  const timer = options.duration === 0 ? undefined : run.clock.setTimer(options.duration, end);
  try {
    await show(stationId, gateway, options, run, ended);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    throw new StartError(problemOf(error, options.grpcAddress), { cause: error });
  } finally {
    timer?.cancel();
    gateway.close();
  }
}

async function show(
  stationId: string,
  gateway: Gateway,
  options: TapOptionValues,
  { out, notes, colours }: RunOptions,
  ended: AbortController,
): Promise<void> {
  const lines = new Lines(stationId, () => ({
    colours: colours && out.isTTY === true,
    width: options.full || out.isTTY !== true ? Infinity : (out.columns ?? WIDTH),
  }));
  let heard = false;
  let unreached: Error | undefined;
  const onBreak = (error: Error) => {
    if (heard) {
      const why = error instanceof ClientError ? wordsOf(error.details) : error.message;
      notes.write(
        `stationmaster: the connection to the gateway broke (${why}): trying again, and what comes meanwhile is not shown\n`,
      );
    } else {
      unreached = error;
      ended.abort();
    }
  };
  for await (const message of gateway.tap(stationId, { signal: ended.signal, onBreak })) {
    heard = true;
    const line = options.json ? jsonOf(message) : lines.of(message);
    out.write(`${line}\n`);
  }
  if (unreached !== undefined) throw unreached;
}

const jsonOf = (message: grpc.TapStationResponse): string =>
  printableJson(JSON.stringify(grpc.TapStationResponse.toJSON(message)));

function stationOf({ station }: TapOptionValues): string {
  if (station === undefined) throw new ConfigError('say which station: npm run tap -- <station id>');
  if (Buffer.byteLength(station) > MAX_STATION_ID_BYTES || station.includes('\0')) {
    throw new ConfigError(`a station id has at most ${MAX_STATION_ID_BYTES} bytes, and no NUL among them`);
  }
  return station;
}
