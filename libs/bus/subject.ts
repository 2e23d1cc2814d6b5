import { BusError } from './errors.js';

/** Longest subject in characters: NATS closes connections that exceed its line limit of 4 KB. */
export const MAX_SUBJECT_LENGTH = 1024;

const DOT = 46;
const STAR = 42;
const REST = 62;

/**
 * Checks a subject to publish to: tokens of printable ASCII without space, `*` and `>`, joined by `.`.
 * @throws BusError `bad_subject`.
 */
export function checkSubject(subject: string): void {
  let tokenStart = 0;
  for (let at = 0; at < subject.length; at++) {
    const code = subject.charCodeAt(at);
    if (code === DOT) {
      if (at === tokenStart) refuse(subject, 'has an empty token');
      tokenStart = at + 1;
    } else if (code <= 32 || code >= 127 || code === STAR || code === REST) {
      refuse(subject, `has ${JSON.stringify(subject[at])} at place ${at}`);
    }
  }
  if (tokenStart === subject.length) refuse(subject, 'has an empty token');
  if (subject.length > MAX_SUBJECT_LENGTH) refuse(subject, `is longer than ${MAX_SUBJECT_LENGTH} characters`);
}

/**
 * Checks a subject to subscribe to: as `checkSubject`, but a whole token may be `*`, and the last one `>`.
 * @throws BusError `bad_subject`.
 */
export function checkPattern(pattern: string): void {
  const tokens = pattern.split('.');
  const plain = tokens.map((token, at) =>
    token === '*' || (token === '>' && at === tokens.length - 1) ? 'x' : token,
  );
  try {
    checkSubject(plain.join('.'));
  } catch (error) {
    if (error instanceof BusError) refuse(pattern, 'is none to subscribe to');
    throw error;
  }
}

function refuse(subject: string, what: string): never {
  const shown = subject.length > 100 ? `${subject.slice(0, 100)}…` : subject;
  throw new BusError(
    'bad_subject',
    `subject ${JSON.stringify(shown)} ${what}: use tokens of printable ASCII without space, "*" and ">", joined by "." ` +
      '(a subscription may use "*" as a whole token and ">" as the last one); escape ids as station tokens',
  );
}
