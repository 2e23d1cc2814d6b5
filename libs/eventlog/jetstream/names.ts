import { stationIdOf, stationToken } from '../../link/mod.js';
import { EventLogError } from '../errors.js';
import type { EventFilter } from '../eventlog.js';
import type { Numbered } from '../rules.js';

/** Every subject of the stream; an event has `csms.event.<station token>.<type>`. */
export const ALL_EVENTS = 'csms.event.>';
/** The header that carries an event's id: `<station token>/<incarnation>/<number>`. */
export const ID_HEADER = 'Nats-Msg-Id';

const PREFIX = 'csms.event.';
const STATION = /^[A-Za-z0-9_=-]+$/;
const PLAIN_TYPE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const HALF_SURROGATE = /\p{Surrogate}/u;
/** NATS closes connections that send a longer protocol line than 4 KB; a reply subject and lengths stand in it too. */
const MAX_SUBJECT = 3500;

/** Station and type of an event. */
export interface Named {
  readonly station: string;
  readonly type: string;
}

/**
 * The subject of an event.
 * @throws EventLogError `bad_argument` for a station that is no token, and a type that is not text or far too long.
 */
export function subjectOf({ station, type }: Named): string {
  if (!STATION.test(station)) {
    throw new EventLogError('bad_argument', `${JSON.stringify(station)} is no station token`);
  }
  const tokens = tokensOf(type);
  if (tokens === undefined) {
    throw new EventLogError('bad_argument', `the event type ${JSON.stringify(type)} is not well-formed text`);
  }
  const subject = `${PREFIX}${station}.${tokens}`;
  if (subject.length > MAX_SUBJECT) {
    throw new EventLogError(
      'bad_argument',
      `the event type ${type.slice(0, 100)}… is too long for a subject`,
    );
  }
  return subject;
}

/** What a subject of the stream says; undefined for one that `subjectOf` does not make. */
export function namedBy(subject: string): Named | undefined {
  const dot = subject.indexOf('.', PREFIX.length);
  if (dot < 0 || !subject.startsWith(PREFIX)) return undefined;
  const station = subject.slice(PREFIX.length, dot);
  const token = subject.slice(dot + 1);
  if (PLAIN_TYPE.test(token)) return { station, type: token };
  const type = unescaped(token);
  return type === undefined || tokensOf(type) !== token ? undefined : { station, type };
}

/** The subjects that a filter wants, if one pattern can say it: undefined when no event can match. */
export function patternOf({ station, types }: EventFilter): string | undefined {
  if (types?.length === 0 || (station !== undefined && !STATION.test(station))) return undefined;
  const [type] = types ?? [];
  if (type === undefined || types?.length !== 1) {
    return station === undefined ? ALL_EVENTS : `${PREFIX}${station}.>`;
  }
  const tokens = tokensOf(type);
  return tokens === undefined ? undefined : `${PREFIX}${station ?? '*'}.${tokens}`;
}

/** The unique id of an entry; the stream drops a second message of the same id within its duplicate window. */
export function idOf({ station, incarnation, number }: Numbered & { readonly station: string }): string {
  return `${station}/${incarnation}/${number}`;
}

/** Incarnation and number that an id says; undefined for one that `idOf` does not make. */
export function numbersOf(id: string): Numbered | undefined {
  const [, incarnation, number, more] = id.split('/').map(Number);
  if (incarnation === undefined || number === undefined || more !== undefined) return undefined;
  return Number.isSafeInteger(incarnation) && Number.isSafeInteger(number) && number > 0
    ? { incarnation, number }
    : undefined;
}

/**
 * The tokens that a type takes in a subject: each of its parts escaped as station ids are, the dots too where they would leave
 * an empty token. Undefined for a type that has no bytes in UTF-8.
 */
function tokensOf(type: string): string | undefined {
  if (PLAIN_TYPE.test(type)) return type;
  if (type === '' || HALF_SURROGATE.test(type)) return undefined;
  const parts = type.split('.').map(stationToken);
  return parts.includes('') ? stationToken(type) : parts.join('.');
}

function unescaped(subject: string): string | undefined {
  const parts = subject.split('.').map(stationIdOf);
  return parts.includes(undefined) ? undefined : parts.join('.');
}
