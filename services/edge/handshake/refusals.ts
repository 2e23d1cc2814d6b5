import type { Refusal } from '../socket/mod.js';

/** Every refused handshake: the answer, and when the station may try again as it is. */
export const REFUSALS = {
  other_path: row(
    '404 Not Found',
    'no',
    'Stations connect at {base}/<station id>, by WebSocket with an OCPP subprotocol.',
  ),
  no_identity: row('400 Bad Request', 'no', 'The station id is missing: connect at {base}/<station id>.'),
  bad_encoding: row('400 Bad Request', 'no', 'The station id in the path is not percent-encoded UTF-8.'),
  bad_identity: row('400 Bad Request', 'no', 'The station id holds a NUL byte or is longer than 255 bytes.'),
  not_websocket: row(
    '426 Upgrade Required',
    'no',
    'This is an OCPP gateway: stations connect here by WebSocket.',
  ),
  bad_version: row('426 Upgrade Required', 'no', 'Only version 13 of the WebSocket protocol is spoken here.'),
  // 404 for both (1.6J errata 3.3): who asks is not told that a disabled station exists.
  unknown_station: row('404 Not Found', 'later', 'This station is not known here.'),
  disabled_station: row('404 Not Found', 'later', 'This station is not known here.'),
  unauthorized: row(
    '401 Unauthorized',
    'later',
    'User name (the station id) or password is wrong or missing.',
  ),
  // Not 401: other credentials would not help, another transport or profile would.
  profile_too_low: row('403 Forbidden', 'no', 'This station must connect with a higher security profile.'),
  // Of a trusted proxy: a header twice, or one without another that it needs.
  bad_proxy_headers: row(
    '400 Bad Request',
    'no',
    'What the proxy in front says of the client certificate is contradictory.',
  ),
  // 403 for all of these: a password would not help.
  certificate_not_verified: row('403 Forbidden', 'no', 'The client certificate is not trusted here.'),
  foreign_certificate: row(
    '403 Forbidden',
    'later',
    "The client certificate's O is not the name of the operator.",
  ),
  wrong_certificate: row(
    '403 Forbidden',
    'later',
    "The client certificate's CN is not the serial number of this station.",
  ),
  no_serial_number: row(
    '403 Forbidden',
    'later',
    'The client certificate cannot be told to be of this station: its serial number is not known here.',
  ),
  too_many_handshakes: row('429 Too Many Requests', 'soon', 'Too many stations connect at this moment.'),
  draining: row('503 Service Unavailable', 'soon', 'This gateway is about to stop.'),
  full: row('503 Service Unavailable', 'soon', 'This gateway holds as many connections as it may.'),
  directory_unavailable: row('503 Service Unavailable', 'soon', 'The station directory does not answer.'),
} as const satisfies Readonly<Record<string, RefusalRow>>;

export type RefusalName = keyof typeof REFUSALS;

export interface RefusalRow {
  readonly status: string;
  /** `soon`: the gateway is busy. `later`: when the operator has changed something. `no`: not as it is. */
  readonly retry: 'soon' | 'later' | 'no';
  readonly text: string;
}

function row(status: string, retry: RefusalRow['retry'], text: string): RefusalRow {
  return { status, retry, text };
}

/** @param retryAfter seconds, told to those that may try again soon. */
export function refusal(name: RefusalName, basePath: string, retryAfter: number): Refusal {
  const { status, text, retry } = REFUSALS[name];
  const headers: [string, string][] = [];
  if (status.startsWith('401')) headers.push(['WWW-Authenticate', 'Basic realm="OCPP", charset="UTF-8"']);
  if (status.startsWith('426')) headers.push(['Upgrade', 'websocket'], ['Sec-WebSocket-Version', '13']);
  if (retry === 'soon') headers.push(['Retry-After', String(retryAfter)]);
  return { accept: false, status, headers, body: text.replace('{base}', basePath.replace(/\/+$/, '')) };
}
