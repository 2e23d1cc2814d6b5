import { ServerError, Status } from 'nice-grpc-common';
import type { CommandTerms, grpc } from '../../../libs/api/mod.js';
import { stationToken, type Durable } from '../../../libs/link/mod.js';
import { notJson } from '../not-json.js';

const MAX_STATION_ID_BYTES = 255;
const MAX_ACTION = 64;
const MAX_SUPERSEDE_KEY = 64;
const MAX_TIMEOUT_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
const MAX_TTL_MS = 90 * DAY_MS;

const TERMS: ReadonlyMap<string, CommandTerms> = new Map([
  ['', 'neutral'],
  ['neutral', 'neutral'],
  ['1.6', '1.6'],
  ['2.0.1', '2.0.1'],
  ['2.1', '2.1'],
  ['own', 'own'],
]);

/** A command as its caller gave it, checked as far as nothing of the station need be known. */
export interface CheckedCommand {
  readonly token: string;
  readonly action: string;
  readonly payload: Uint8Array;
  readonly terms: CommandTerms;
}

/** @throws ServerError INVALID_ARGUMENT naming the field. */
export function checkedCommand(command: grpc.Command | undefined): CheckedCommand {
  if (command === undefined) throw wrong('command', 'is missing');
  const { stationId, action, payload } = command;
  const token = tokenOf(stationId, 'command.station_id');
  if (action === '') throw wrong('command.action', 'is empty: name an OCPP action, such as Reset');
  if (action.length > MAX_ACTION) throw wrong('command.action', `has more than ${MAX_ACTION} characters`);
  const terms = TERMS.get(command.terms);
  if (terms === undefined) {
    throw wrong('command.terms', `'${cut(command.terms)}' is none of neutral, 1.6, 2.0.1, 2.1, own`);
  }
  return { token, action, payload: objectBytes(payload), terms };
}

/** @throws ServerError INVALID_ARGUMENT */
export function tokenOf(stationId: string, field = 'station_id'): string {
  if (stationId === '') throw wrong(field, 'is empty');
  if (/\p{Surrogate}/u.test(stationId) || Buffer.byteLength(stationId) > MAX_STATION_ID_BYTES) {
    throw wrong(field, `must be UTF-8 of at most ${MAX_STATION_ID_BYTES} bytes`);
  }
  return stationToken(stationId);
}

/** @throws ServerError INVALID_ARGUMENT */
export function checkedCommandId(commandId: string): string {
  if (/^[A-Za-z0-9_-]{1,36}$/.test(commandId)) return commandId;
  if (commandId === '') throw wrong('command_id', 'is empty');
  throw wrong('command_id', `'${cut(commandId)}' must be 1 to 36 of A-Z a-z 0-9 _ -`);
}

/** Milliseconds; undefined: the caller has not said. @throws ServerError INVALID_ARGUMENT */
export function checkedTimeout(timeoutMs: number): number | undefined {
  if (timeoutMs > MAX_TIMEOUT_MS) throw wrong('timeout_ms', `must be at most ${MAX_TIMEOUT_MS} (an hour)`);
  return timeoutMs === 0 ? undefined : timeoutMs;
}

/** How long a command may wait, and what takes its place. @throws ServerError INVALID_ARGUMENT */
export function checkedDurable({
  ttl,
  supersedeKey,
  once,
}: Pick<grpc.EnqueueCommandRequest, 'ttl' | 'supersedeKey' | 'once'>): Durable {
  const ttlMs = ttl === undefined ? DAY_MS : Math.floor(ttl.seconds * 1000 + ttl.nanos / 1_000_000);
  if (!(ttlMs >= 1 && ttlMs <= MAX_TTL_MS)) throw wrong('ttl', 'must be from 1 ms to 90 days');
  if ([...supersedeKey].length > MAX_SUPERSEDE_KEY) {
    throw wrong('supersede_key', `has more than ${MAX_SUPERSEDE_KEY} characters`);
  }
  return { ttlMs, once, ...(supersedeKey !== '' && { supersedeKey }) };
}

function objectBytes(payload: string): Uint8Array {
  if (payload === '') return Buffer.from('{}');
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (error) {
    throw wrong('command.payload', notJson(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('command.payload', 'must be a JSON object');
  }
  return Buffer.from(payload);
}

const wrong = (field: string, what: string) => new ServerError(Status.INVALID_ARGUMENT, `${field}: ${what}`);

const cut = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 80)}…`);
