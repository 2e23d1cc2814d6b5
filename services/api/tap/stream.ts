import { randomUUID } from 'node:crypto';
import type { grpc } from '../../../libs/api/mod.js';
import { BusError, type Bus } from '../../../libs/bus/mod.js';
import { sleep, within, type Clock, type Timer } from '../../../libs/clock/mod.js';
import { decodeTapped, encodeTapRequest, stationToken, subjects } from '../../../libs/link/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import type { Directory } from '../../../libs/store/mod.js';
import { Edges } from './edges.js';
import { response } from './messages.js';
import { WaitingMessages } from './waiting-messages.js';

export interface TapParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: Pick<Directory, 'get'>;
  /** Unique in the cluster: the edges tell this process. */
  readonly apiId: string;
}

/** Edges answer within this; in a large NATS cluster the first answers may be lost, and come with the second request. */
const LISTENING_MS = 250;
const RENEW_MS = 2000;
const LEASE_MS = 10_000;

/**
 * A tap of one station for one caller; begins with `listening`. Ends when the signal is aborted, and the edges then forget it.
 * @throws BusError `unavailable` when the bus is away at the beginning.
 */
export async function* tapStream(
  stationId: string,
  parts: TapParts,
  signal: AbortSignal,
): AsyncIterable<grpc.TapStationResponse> {
  const { clock } = parts;
  const waiting = new WaitingMessages(() => clock.now());
  const edges = new Edges((message) => waiting.push(message));
  const end = await begin(stationId, parts, edges);
  try {
    yield await listening(stationId, parts, edges);
    while (!signal.aborted) {
      await waiting.arrival(signal);
      for (const message of waiting.take()) {
        yield message;
        if (signal.aborted) return;
      }
    }
  } finally {
    end();
  }
}

/** Asks the edges, and again before they forget it. Resolves with the function that ends it. */
async function begin(stationId: string, parts: TapParts, edges: Edges): Promise<() => void> {
  const { bus, clock, logger, apiId: process } = parts;
  const id = randomUUID();
  const subject = subjects.tap(stationToken(stationId));
  const ask = (leaseMs: number) => bus.publish(subject, encodeTapRequest({ process, id, leaseMs }));
  const subscription = bus.subscribe(subjects.tapped(process, id), ({ data }) => {
    try {
      edges.heard(decodeTapped(data), clock.monotonic());
    } catch (error) {
      logger.error({ err: error }, 'tapped_not_understood');
    }
  });
  let timer: Timer | undefined;
  let away = false;
  const renew = () => {
    timer = clock.setTimer(RENEW_MS, renew);
    if (!bus.connected) {
      away = true;
      return;
    }
    if (away) edges.wereAway(clock.monotonic(), clock.now());
    away = false;
    edges.look(clock.monotonic(), clock.now());
    unlessAway(() => ask(LEASE_MS));
  };
  const end = () => {
    timer?.cancel();
    subscription.unsubscribe();
    unlessAway(() => ask(0));
  };
  try {
    await bus.flush();
    ask(LEASE_MS);
  } catch (error) {
    end();
    throw error;
  }
  timer = clock.setTimer(LISTENING_MS / 2, renew);
  return end;
}

async function listening(
  stationId: string,
  { clock, directory }: TapParts,
  edges: Edges,
): Promise<grpc.TapStationResponse> {
  let inDirectory = false;
  const looked = directory.get(stationId).then((record) => {
    inDirectory = record !== undefined;
  });
  await Promise.all([sleep(clock, LISTENING_MS), within(clock, LISTENING_MS, looked)]);
  const value = { edges: edges.count, connections: edges.connections, inDirectory };
  return response(clock.now(), {}, { $case: 'listening', value });
}

/** What is not asked now is asked with the next renewal, or ends with its lease. */
function unlessAway(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
  }
}
