import type { EventType } from '../../../libs/api/mod.js';
import { formatTimestamp } from '../../../libs/ocpp/mod.js';
import { ByteWriter } from '../../../libs/link/mod.js';
import { LIMITS } from './limits.js';
import type { CallMessage } from './messages.js';
import type { StationState } from './state.js';

const writer = new ByteWriter();

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
  readonly message?: Pick<CallMessage, 'action' | 'raw' | 'connection'>;
}

/** How each event of a station begins. */
export const eventHead = (stationId: string, incarnation: number): string =>
  `{"specversion":"1.0","source":"/stations/${encodeURIComponent(stationId)}"` +
  `,"datacontenttype":"application/json","id":"${incarnation.toString(36)}-`;

/** The CloudEvent as JSON, in UTF-8. The station's payload is spliced in as it came: it is JSON already. */
export function eventJson(
  state: StationState,
  now: number,
  type: EventType,
  data: object,
  { subject, stationTime, message }: EventFrame = {},
): Uint8Array {
  const { eventNumber } = state;
  let json = `${state.eventHead}${eventNumber}","sequence":"${tenDigits(eventNumber)}","type":"${type}"`;
  if (subject) json += `,"subject":${JSON.stringify(subject)}`;
  json += `,"time":"${formatTimestamp(now)}"`;
  if (stationTime !== undefined) json += `,"stationtime":"${stationTime}"`;
  const version = (message ?? state).connection?.version ?? state.announced?.version;
  if (version !== undefined) json += `,"ocppversion":"${version}"`;
  if (message === undefined)
    return writer
      .begin()
      .utf8(`${json},"data":${JSON.stringify(data)}}`)
      .take();
  json += `,"ocppaction":"${message.action}","data":${JSON.stringify(data)}`;
  return message.raw.length > LIMITS.eventCharacters - json.length
    ? writer.begin().utf8(`${json}}`).take()
    : withPayload(json, message.raw);
}

/** `json` ends with the event's data, an object; the payload becomes its last member. */
function withPayload(json: string, payload: Uint8Array): Uint8Array {
  const open = json.slice(0, -1);
  return writer
    .begin()
    .utf8(open.endsWith('{') ? `${open}"ocpp":` : `${open},"ocpp":`)
    .encoded(payload)
    .utf8('}}')
    .take();
}

/** So that text sorts as numbers do. */
function tenDigits(number: number): string {
  const digits = `${number}`;
  return ZEROS.slice(0, Math.max(0, ZEROS.length - digits.length)) + digits;
}

const ZEROS = '0000000000';
