import type { Station } from './station.js';

/**
 * A text in the form of a PKCS#10 request. Node has nothing that makes a real one, and the gateway passes it on unread; a
 * CA behind it would refuse this one.
 */
export function certificateRequest(station: Station): string {
  const body = Buffer.from(`simulated request of ${station.stationId} ${station.random.text(64)}`).toString(
    'base64',
  );
  return `-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`;
}
