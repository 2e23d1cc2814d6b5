import type { EventType } from '../../../libs/api/mod.js';
import { formatTimestamp } from '../../../libs/ocpp/mod.js';
import { LIMITS } from './limits.js';
import type { CallMessage } from './messages.js';
import type { StationState } from './state.js';

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

/** The CloudEvent as JSON, in UTF-8. The station's payload is spliced in as it came: it is JSON already. */
export function eventJson(
  state: StationState,
  now: number,
  type: EventType,
  data: object,
  { subject, stationTime, message }: EventFrame = {},
): Uint8Array {
  const { stationId, incarnation, eventNumber } = state;
  let json =
    `{"specversion":"1.0","id":"${incarnation.toString(36)}-${eventNumber}"` +
    `,"source":"/stations/${encodeURIComponent(stationId)}","type":"${type}"`;
  if (subject) json += `,"subject":${JSON.stringify(subject)}`;
  json += `,"time":"${formatTimestamp(now)}","datacontenttype":"application/json"`;
  if (stationTime !== undefined) json += `,"stationtime":"${stationTime}"`;
  json += `,"sequence":"${eventNumber.toString().padStart(10, '0')}"`;
  const version = (message ?? state).connection?.version ?? state.announced?.version;
  if (version !== undefined) json += `,"ocppversion":"${version}"`;
  if (message === undefined) return Buffer.from(`${json},"data":${JSON.stringify(data)}}`);
  json += `,"ocppaction":"${message.action}","data":${JSON.stringify(data)}`;
  return message.raw.length > LIMITS.eventCharacters - json.length
    ? Buffer.from(`${json}}`)
    : withPayload(json, message.raw);
}

/** `json` ends with the event's data, an object; the payload becomes its last member. */
function withPayload(json: string, payload: Uint8Array): Uint8Array {
  const open = json.slice(0, -1);
  const text = `${open}${open.endsWith('{') ? '' : ','}"ocpp":`;
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(length + payload.length + 2);
  bytes.write(text);
  bytes.set(payload, length);
  bytes.write('}}', length + payload.length);
  return bytes;
}
