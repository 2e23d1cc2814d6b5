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

const utf8 = new TextDecoder();

/** The CloudEvent as JSON. The station's payload is spliced in as it came: it is JSON already. */
export function eventJson(
  state: StationState,
  now: number,
  type: EventType,
  data: object,
  { subject, stationTime, message }: EventFrame = {},
): string {
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
  if (message === undefined) return `${json},"data":${JSON.stringify(data)}}`;
  return `${json},"ocppaction":"${message.action}","data":${withPayload(JSON.stringify(data), message.raw)}}`;
}

function withPayload(data: string, raw: Uint8Array): string {
  if (data.length + raw.length > LIMITS.eventCharacters) return data;
  const payload = utf8.decode(raw);
  return data === '{}' ? `{"ocpp":${payload}}` : `${data.slice(0, -1)},"ocpp":${payload}}`;
}
