import type { Bus } from '../../libs/bus/mod.js';
import type { Clock, Timer } from '../../libs/clock/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import { opensToAnybody } from '../../libs/provisioning/mod.js';
import type { StationRecord } from '../../libs/store/mod.js';
import type { LookUps } from './handshake/look-up.js';
import type { CloseName } from './closes.js';

/** Connections that are looked up together, and the time between two such lots: 2,000 a second. */
const LOT = 100;
const PAUSE_MS = 50;
/** When the directory fails. */
const RETRY_MS = 5000;

/** A connection, as far as it matters whether it may stay. */
export interface Guest {
  readonly stationId: string;
  /** Hash of the password that let it in; undefined: it needed none. */
  readonly passwordHash: string | undefined;
  readonly link: { readonly securityProfile: number; readonly certificateCn?: string };
  end(name: CloseName): void;
}

/** False when a station with this record would not be let in as this connection came in. */
export function mayStay({ passwordHash, link }: Guest, record: StationRecord | undefined): boolean {
  if (record === undefined || record.disabled === true) return false;
  if (link.securityProfile < (record.minimumSecurityProfile ?? 0)) return false;
  if (link.certificateCn !== undefined) return record.serialNumber === link.certificateCn;
  return opensToAnybody(record) || record.credentials.some(({ hash }) => hash === passwordHash);
}

export interface WhoMayStayOptions {
  readonly bus: Bus;
  readonly lookUps: Pick<LookUps, 'get'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** All open connections. */
  connections(): readonly Guest[];
}

/**
 * Looks the connected stations up again whenever the bus was away, a few at a time, and ends those that may not stay: what it was
 * told meanwhile, it has not heard. Those whose record cannot be read are tried again until it can. Returns the function that
 * stops it.
 */
export function checkWhoMayStay(options: WhoMayStayOptions): () => void {
  const { bus, lookUps, clock, logger, connections } = options;
  let waiting: Guest[] = [];
  let ended = 0;
  let looking = false;
  let stopped = false;
  let timer: Timer | undefined;

  const check = async (guest: Guest): Promise<void> => {
    const record = await lookUps.get(guest.stationId);
    if (stopped || mayStay(guest, record)) return;
    guest.end('shut_out');
    ended++;
  };
  const lookUpLot = async (): Promise<void> => {
    const lot = waiting.splice(0, LOT);
    const outcomes = await Promise.allSettled(lot.map(check));
    const failed = lot.filter((_, at) => outcomes[at]?.status === 'rejected');
    waiting.push(...failed);
    if (stopped) return;
    if (waiting.length > 0) {
      timer = clock.setTimer(failed.length > 0 ? RETRY_MS : PAUSE_MS, () => void lookUpLot());
      return;
    }
    looking = false;
    logger.info({ ended }, 'connected_stations_looked_up_again');
  };
  const stopListening = bus.onStatus((connected) => {
    if (!connected) return;
    waiting = [...connections()];
    if (looking || waiting.length === 0) return;
    looking = true;
    ended = 0;
    void lookUpLot();
  });
  return () => {
    stopped = true;
    stopListening();
    timer?.cancel();
  };
}
