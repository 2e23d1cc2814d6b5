import type { StationEvent } from '../../libs/api/mod.js';
import type { EventLog } from '../../libs/eventlog/mod.js';
import type { LoggedEvent } from './topology.js';

const PAGE = 1_000;

/** Every entry of the log, or those of one station token, in the log's order. */
export async function readEvents(log: EventLog, station?: string): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  const filter = station === undefined ? {} : { filter: { station } };
  const last = await log.last();
  for (let after = 0; after < last;) {
    const page = await log.read({ after, limit: PAGE, ...filter });
    for (const { data, station, incarnation, number, type } of page.entries) {
      const event = JSON.parse(Buffer.from(data).toString()) as StationEvent;
      events.push({ station, incarnation, number, type, event });
    }
    after = page.next;
  }
  return events;
}
