import { systemClock } from '../../libs/clock/mod.js';
import { openLmdbEventLog } from '../../libs/eventlog/mod.js';
import { openLmdb } from '../../libs/store/mod.js';
import { stationIdOf } from '../../libs/link/mod.js';

const PAGE = 1_000;
const KEPT = 10;

export interface EventCheck {
  readonly events: number;
  readonly problems: readonly string[];
}

type Counts = Map<string, number>;

/**
 * Looks at the event log of a gateway that has stopped: of every station, good or not, each connection that was told
 * of has ended, and its events are numbered without a gap; of a good one the transactions are those that it made
 * (`transactions` by station id), each started and ended once, and it is told of nothing odd.
 */
export async function checkEvents(
  dataDir: string,
  transactions: ReadonlyMap<string, number>,
): Promise<EventCheck> {
  const stations = new Map<string, Counts>();
  const problems: string[] = [];
  let events = 0;
  await readAll(dataDir, ({ station, incarnation, number, type }) => {
    events++;
    const counts = stations.get(station) ?? new Map<string, number>();
    stations.set(station, counts);
    add(counts, type);
    const expected = (counts.get(`#${incarnation}`) ?? 0) + 1;
    if (number !== expected) problems.push(`${station}: event ${number} stands where ${expected} should`);
    counts.set(`#${incarnation}`, number);
  });
  for (const [token, counts] of stations) problems.push(...checkConnections(token, counts));
  for (const [stationId, count] of transactions) {
    const token = [...stations.keys()].find((key) => stationIdOf(key) === stationId) ?? '';
    problems.push(...checkTransactions(stationId, count, stations.get(token) ?? new Map<string, number>()));
  }
  return { events, problems: problems.slice(0, KEPT) };
}

interface Numbered {
  readonly station: string;
  readonly incarnation: number;
  readonly number: number;
  readonly type: string;
}

async function readAll(dataDir: string, each: (event: Numbered) => void): Promise<void> {
  const clock = systemClock();
  const environment = await openLmdb({ path: dataDir, clock });
  try {
    const log = await openLmdbEventLog({ environment, clock });
    const last = await log.last();
    for (let after = 0; after < last;) {
      const page = await log.read({ after, limit: PAGE });
      for (const entry of page.entries) each(entry);
      after = page.next;
    }
    await log.close();
  } finally {
    await environment.close();
  }
}

const add = (counts: Counts, type: string): unknown => counts.set(type, (counts.get(type) ?? 0) + 1);

function checkConnections(token: string, counts: Counts): string[] {
  const connected = counts.get('station.connected') ?? 0;
  const disconnected = counts.get('station.disconnected') ?? 0;
  return connected === disconnected
    ? []
    : [`${token}: ${connected} connections began, ${disconnected} ended`];
}

function checkTransactions(stationId: string, made: number, counts: Counts): string[] {
  const started = counts.get('transaction.started') ?? 0;
  const ended = counts.get('transaction.ended') ?? 0;
  const odd = (counts.get('transaction.orphan') ?? 0) + (counts.get('transaction.gap') ?? 0);
  if (started === made && ended === made && odd === 0) return [];
  return [
    `${stationId}: made ${made} transactions; the log has ${started} started, ${ended} ended, ${odd} orphans and gaps`,
  ];
}
