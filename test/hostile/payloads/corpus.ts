import { actionsOf, VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import { sampleOf } from '../../../libs/ocpp/testing/samples.js';
import { readSchemas } from '../../../libs/ocpp/testing/schemas.js';
import { sessionOf, vocabularyOf } from '../../client/vocabulary.js';

/** A message without its id: a frame is `[type, id, …rest]`. */
export interface Seed {
  readonly type: 2 | 3 | 4 | 5 | 6;
  readonly rest: readonly unknown[];
}

/** Valid messages of a version: every action in both directions with all its members and with few, and answers. */
function seedsOf(version: Version): readonly Seed[] {
  const sends = new Set(
    actionsOf(version)
      .filter(({ kind }) => kind === 'send')
      .map(({ name }) => name),
  );
  const messages = readSchemas(version).flatMap(({ action, side, schema }): Seed[] =>
    (['all', 'required'] as const).map((members) => {
      const payload = sampleOf(schema, members);
      if (side === 'response') return { type: 3, rest: [payload] };
      return { type: sends.has(action) ? 6 : 2, rest: [action, payload] };
    }),
  );
  const errors: readonly Seed[] = [
    { type: 4, rest: ['GenericError', 'something went wrong', {}] },
    { type: 4, rest: ['InternalError', '', { why: 'unknown' }] },
    { type: 5, rest: ['FormatViolation', 'your answer is no good', {}] },
  ];
  return [...messages, ...everyday(version), ...errors];
}

/** What a station says all day. */
function everyday(version: Version): readonly Seed[] {
  const words = vocabularyOf(version);
  const session = sessionOf({ transactionId: 'hostile-tx' });
  const id = version === '1.6' ? 4_711 : session.transactionId;
  return [
    words.boot(),
    words.status(1, true),
    words.authorize('TAG-0001'),
    words.start(session),
    words.meter(session, id, 1),
    words.stop(session, id, 2),
    ['Heartbeat', {}] as const,
  ].map(([action, payload]): Seed => ({ type: 2, rest: [action, payload] }));
}

export const CORPUS = new Map(VERSIONS.map((version) => [version, seedsOf(version)]));

/** The text of a message. */
export const textOf = (seed: Seed, id: string): string => JSON.stringify([seed.type, id, ...seed.rest]);
