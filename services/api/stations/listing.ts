import type { grpc } from '../../../libs/api/mod.js';
import { wrongStationId } from '../../../libs/provisioning/mod.js';
import type { Directory, StationRecord } from '../../../libs/store/mod.js';
import { invalid } from './requests.js';

const DEFAULT_PAGE = 100;
const MOST_PAGE = 1000;
/** Records that are read at a time, and for one page: with a filter it may hold fewer than asked for, and not be the last. */
const LOT = 1000;
const MOST_READ = 10_000;

export interface Page {
  readonly records: readonly StationRecord[];
  /** Empty: this was the last page. */
  readonly nextPageToken: string;
}

/** One page of stations in the order of their ids. @throws ServerError INVALID_ARGUMENT; StoreError. */
export async function listStations(directory: Directory, request: grpc.ListStationsRequest): Promise<Page> {
  const { idPrefix: prefix, disabled } = request;
  const size = sizeOf(request.pageSize);
  if (prefix !== '') checkPrefix(prefix);
  let after = request.pageToken === '' ? undefined : idOfToken(request.pageToken);
  const records: StationRecord[] = [];
  const limit = disabled === undefined ? size + 1 : LOT;
  for (let read = 0; read < MOST_READ; read += limit) {
    const found = await directory.list({ prefix, limit, ...(after === undefined ? {} : { after }) });
    for (const record of found) {
      if (records.length === size) return { records, nextPageToken: tokenOf(after) };
      after = record.stationId;
      if (disabled === undefined || (record.disabled === true) === disabled) records.push(record);
    }
    // A short lot is not the last one: a record may have been removed while it was read.
    if (found.length === 0) return { records, nextPageToken: '' };
  }
  return { records, nextPageToken: tokenOf(after) };
}

function sizeOf(pageSize: number): number {
  if (pageSize === 0) return DEFAULT_PAGE;
  if (Number.isInteger(pageSize) && pageSize > 0) return Math.min(pageSize, MOST_PAGE);
  throw invalid('page_size must be a whole number, 0 or more');
}

/** Longer ones than any id find nothing; what is no text could be anything. */
function checkPrefix(prefix: string): void {
  const wrong = wrongStationId(prefix);
  if (wrong !== undefined) throw invalid(`id_prefix ${wrong}`);
}

const tokenOf = (stationId = ''): string => Buffer.from(stationId).toString('base64url');

function idOfToken(token: string): string {
  const stationId = Buffer.from(token, 'base64url').toString();
  if (tokenOf(stationId) === token && wrongStationId(stationId) === undefined) return stationId;
  throw invalid('page_token is none: give next_page_token of the page before, or none for the first');
}
