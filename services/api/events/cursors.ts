import { ServerError, Status } from 'nice-grpc-common';
import type { Cursor, EventLog, LoggedEntry } from '../../../libs/eventlog/mod.js';

/**
 * A place in the event log as clients keep it: `<cursor>-<mark>-<distance>`. The mark is a hash of an entry's identity, the
 * newest that had been read there, `distance` entries before (left out for 0). By it a cursor of another log is
 * recognised, or of one that was restored and has other entries since. A bare number has no mark.
 */
export interface Place {
  readonly cursor: Cursor;
  readonly mark?: Mark | undefined;
}

export interface Mark {
  readonly at: Cursor;
  readonly hash: string;
}

const FORM = /^(0|[1-9][0-9]{0,15})(?:-([0-9a-z]{1,7})(?:-([1-9][0-9]{0,15}))?)?$/;

export const markOf = (entry: LoggedEntry): Mark => ({ at: entry.cursor, hash: hashOf(entry) });

export function textOf({ cursor, mark }: Place): string {
  if (mark === undefined) return `${cursor}`;
  const distance = cursor - mark.at;
  return distance === 0 ? `${cursor}-${mark.hash}` : `${cursor}-${mark.hash}-${distance}`;
}

/** Undefined for a text that `textOf` does not make. */
export function placeOf(text: string): Place | undefined {
  const [, cursor, hash, distance] = FORM.exec(text) ?? [];
  if (cursor === undefined) return undefined;
  if (hash === undefined) return { cursor: Number(cursor) };
  const at = Number(cursor) - Number(distance ?? 0);
  return at < 1 ? undefined : { cursor: Number(cursor), mark: { at, hash } };
}

/**
 * Whether the log can be read from here without missing anything.
 * @throws ServerError OUT_OF_RANGE; EventLogError
 */
export async function checkPlace(log: EventLog, { cursor, mark }: Place): Promise<void> {
  if (cursor > (await log.last())) throw foreign(cursor);
  await checkNotForgotten(log, cursor);
  if (mark === undefined) return;
  const { entries } = await log.read({ after: mark.at - 1, limit: 1 });
  const [entry] = entries;
  // What was forgotten, or is no event, tells nothing.
  if (entry?.cursor === mark.at && hashOf(entry) !== mark.hash) throw foreign(cursor);
}

/** @throws ServerError OUT_OF_RANGE when entries after the cursor are not there any more; EventLogError */
export async function checkNotForgotten(log: EventLog, after: Cursor): Promise<void> {
  const first = await log.first();
  if (after + 1 >= first) return;
  throw new ServerError(
    Status.OUT_OF_RANGE,
    `the events after ${after} up to ${first - 1} have been forgotten: the oldest that is there follows the cursor ` +
      `"${first - 1}"; read on from there or from_oldest, and keep events for longer (the event log's retention)`,
  );
}

export const foreign = (cursor: Cursor): ServerError =>
  new ServerError(
    Status.OUT_OF_RANGE,
    `the cursor ${cursor} is not of this event log, which was created anew or restored: read from_oldest, and drop by ` +
      'their ids the events that were handled before',
  );

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a-32 of what makes an entry unique. */
function hashOf({ station, incarnation, number }: LoggedEntry): string {
  const text = `${station}/${incarnation}/${number}`;
  let hash = OFFSET;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return (hash >>> 0).toString(36);
}
