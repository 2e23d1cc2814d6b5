import { ServerError, Status } from 'nice-grpc-common';
import { EVENT_TYPES, type grpc } from '../../../libs/api/mod.js';
import type { EventFilter, LoggedEntry } from '../../../libs/eventlog/mod.js';
import { nearest } from '../../../libs/ops/mod.js';
import { tokenOf } from '../commands/checks.js';

const MOST_STATIONS = 1000;
const MOST_TYPES = 100;
const KNOWN: readonly string[] = EVENT_TYPES;
/** `charging.*` and `charging.limit.*` of `charging.limit.cleared`. */
const BEGINNINGS: readonly string[] = [
  ...new Set(
    KNOWN.flatMap((type) =>
      type
        .split('.')
        .slice(0, -1)
        .map((_, at, parts) => `${parts.slice(0, at + 1).join('.')}.*`),
    ),
  ),
];
const TYPE = /^[a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*(?:\.\*)?$/;

/** What a client wants. */
export interface Wanted {
  /** What the log itself sifts. */
  readonly filter?: EventFilter;
  /** The rest. */
  readonly matches: (entry: Pick<LoggedEntry, 'station' | 'type'>) => boolean;
}

/** @throws ServerError INVALID_ARGUMENT */
export function wantedBy({
  stationIds,
  types,
}: Pick<grpc.StreamEventsRequest, 'stationIds' | 'types'>): Wanted {
  if (stationIds.length > MOST_STATIONS)
    throw invalid(
      `station_ids: ${stationIds.length} stations, at most ${MOST_STATIONS}: name none to get all, and filter what comes`,
    );
  if (types.length > MOST_TYPES) throw invalid(`types: ${types.length} types, at most ${MOST_TYPES}`);
  types.forEach(checkType);
  const tokens = new Set(stationIds.map((id) => tokenOf(id, 'station_ids')));
  const [station] = tokens;
  const exact = new Set(types.filter((type) => !type.endsWith('*')));
  const beginnings = types.filter((type) => type.endsWith('*')).map((type) => type.slice(0, -1));
  const ofStation = tokens.size === 1 && station !== undefined ? { station } : {};
  const ofTypes = exact.size > 0 && beginnings.length === 0 ? { types: [...exact] } : {};
  const filter: EventFilter = { ...ofStation, ...ofTypes };
  const isOfType = (type: string) =>
    types.length === 0 || exact.has(type) || beginnings.some((beginning) => type.startsWith(beginning));
  return {
    ...(Object.keys(filter).length > 0 && { filter }),
    matches: (entry) => (tokens.size === 0 || tokens.has(entry.station)) && isOfType(entry.type),
  };
}

/** One that the gateway never tells would be waited for in vain. */
function checkType(type: string): void {
  const quoted = JSON.stringify(type.slice(0, 100));
  if (!TYPE.test(type))
    throw invalid(
      `types: ${quoted} is no type: write transaction.ended, or transaction.* for all that begin so`,
    );
  const isKnown = type.endsWith('*')
    ? KNOWN.some((known) => known.startsWith(type.slice(0, -1)))
    : KNOWN.includes(type);
  if (isKnown) return;
  const near = nearest(type.slice(0, 64), type.endsWith('*') ? BEGINNINGS : KNOWN);
  const hint = near === undefined ? '' : `, did you mean ${near}?`;
  throw invalid(`types: there are no events ${quoted}${hint} (known: ${KNOWN.join(', ')})`);
}

const invalid = (message: string): ServerError => new ServerError(Status.INVALID_ARGUMENT, message);
