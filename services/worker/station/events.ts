import type { EventType } from '../../../libs/api/mod.js';
import { formatTimestamp } from '../../../libs/ocpp/mod.js';
import { JsonWriter } from './json-writer.js';
import { LIMITS } from './limits.js';
import type { CallMessage } from './messages.js';
import type { StationState } from './state.js';

const writer = new JsonWriter();

/** The same shape, where what is optional may also be there as `undefined`. */
export type Sparse<T> = T extends readonly unknown[]
  ? { readonly [K in keyof T]: Sparse<T[K]> }
  : T extends object
    ? { readonly [K in keyof T]: object extends Pick<T, K> ? Sparse<T[K]> | undefined : Sparse<T[K]> }
    : T;

/** What stands around an event's data. */
export interface EventFrame {
  readonly subject?: string | undefined;
  /** RFC 3339 in UTC. */
  readonly stationTime?: string | undefined;
  /** The message that the event was made from. */
  readonly message?: Pick<CallMessage, 'action' | 'raw' | 'connection' | 'traceparent'>;
  /** W3C Trace Context, where it is not the message's. */
  readonly traceparent?: string | undefined;
}

/** How each event of a station begins: ASCII, as an incarnation and a percent-encoded id are. */
export const eventHead = (stationId: string, incarnation: number): string =>
  flat(
    `{"specversion":"1.0","source":"/stations/${encodeURIComponent(stationId)}"` +
      `,"datacontenttype":"application/json","id":"${incarnation.toString(36)}-`,
  );

/** Joined texts are trees, which are slow to read. */
const flat = (text: string): string => Buffer.from(text).toString();

/**
 * The CloudEvent as JSON, in UTF-8, of `LIMITS.eventBytes` at most. The station's payload is spliced in as it came: it is
 * JSON already. Of data that is too large, the largest members are left out, and `omitted` names them; then a payload that
 * does not fit any more.
 */
export function eventJson(
  state: StationState,
  now: number,
  type: EventType,
  data: object,
  { subject, stationTime, message, traceparent = message?.traceparent }: EventFrame = NO_FRAME,
): Uint8Array {
  const { eventNumber } = state;
  writer.begin().ascii(state.eventHead).number(eventNumber);
  writer.ascii('","sequence":"').ascii(tenDigits(eventNumber)).ascii('","type":"').ascii(type);
  if (subject) writer.ascii('","subject":').text(subject).ascii(',"time":"');
  else writer.ascii('","time":"');
  writer.ascii(formatTimestamp(now));
  if (stationTime !== undefined) writer.ascii('","stationtime":"').ascii(stationTime);
  const version = (message ?? state).connection?.version ?? state.announced?.version;
  if (version !== undefined) writer.ascii('","ocppversion":"').ascii(version);
  if (message !== undefined) writer.ascii('","ocppaction":"').ascii(message.action);
  if (traceparent !== undefined) writer.ascii('","traceparent":"').ascii(traceparent);
  writer.ascii('","data":');
  const start = writer.length;
  writer.members(data);
  const most = LIMITS.eventBytes - END.length;
  if (writer.length > most) writer.cutTo(start).members(fitting(data, most - start));
  if (message !== undefined) {
    const name = writer.length === start + 1 ? '"ocpp":' : ',"ocpp":';
    if (writer.length + name.length + message.raw.length <= most) writer.ascii(name).encoded(message.raw);
  }
  return writer.ascii(END).take();
}

const END = '}}';

/** `data` with `omitted` instead of its largest members: as few as make it `bytes` of JSON without the closing brace. */
function fitting(data: object, bytes: number): object {
  const members = Object.entries(data).map(([name, value]: [string, unknown]) => ({
    name,
    value,
    bytes: value === undefined ? 0 : Buffer.byteLength(JSON.stringify({ [name]: value })),
  }));
  let left = bytes - '{"omitted":[]'.length;
  for (const member of members) left -= member.bytes;
  const omitted: string[] = [];
  for (const member of members.toSorted((a, b) => b.bytes - a.bytes)) {
    if (left >= 0) break;
    omitted.push(member.name);
    left += member.bytes - JSON.stringify([member.name]).length;
  }
  const kept = members.filter(({ name }) => !omitted.includes(name));
  return { ...Object.fromEntries(kept.map(({ name, value }) => [name, value])), omitted };
}

const NO_FRAME: EventFrame = {};

/** So that text sorts as numbers do. */
function tenDigits(number: number): string {
  const digits = `${number}`;
  return ZEROS.slice(0, Math.max(0, ZEROS.length - digits.length)) + digits;
}

const ZEROS = '0000000000';
