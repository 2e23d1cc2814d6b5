import { ConfigError, readDocument } from '../ops/mod.js';

export type Headers = Readonly<Record<string, string>>;

const MOST_HEADERS = 32;
/** Of HTTP (RFC 9110, 5.6.2 and 5.5). */
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const VALUE = /^[\x20-\x7e]{1,8192}$/;

/**
 * Reads a file with the HTTP headers for the collector: `headers:`, and beneath it names with their values.
 * @throws ConfigError that names the file and the header, never a value.
 */
export async function readHeaders(file: string): Promise<Headers> {
  const { name, value } = await readDocument(file);
  const headers = isObject(value) && Object.keys(value).length === 1 ? value['headers'] : undefined;
  if (!isObject(headers)) {
    throw new ConfigError(
      `${name}: must hold 'headers' and nothing else: the names of headers with their values`,
    );
  }
  const entries = Object.entries(headers);
  if (entries.length > MOST_HEADERS) throw new ConfigError(`${name}: has more than ${MOST_HEADERS} headers`);
  for (const [header, text] of entries) {
    if (!NAME.test(header))
      throw new ConfigError(`${name}: headers: ${JSON.stringify(header)} is no name of a header`);
    if (typeof text !== 'string' || !VALUE.test(text)) {
      throw new ConfigError(
        `${name}: headers.${header}: must be a text of printable ASCII, in quotes if need be`,
      );
    }
  }
  return Object.fromEntries(entries) as Headers;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
