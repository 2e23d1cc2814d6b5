import type { Objections } from '../objections.js';
import type { Takes } from '../takes.js';
import type { Request21 } from './row.js';

type IdToken = Request21<'RequestStartTransaction'>['idToken'];

const MAX_LENGTH = 20;

/** A token is its text: 1.6 knows no types of tokens. */
export const ID_TOKEN: Takes<IdToken> = { idToken: true, type: true };

/** 1.6's IdToken is a CiString20Type: an idTag has 1 to 20 characters. */
export function idTagOf(path: string, { idToken }: IdToken, no: Objections): string {
  if (idToken === '') no.raise(`${path}/idToken`, 'must not be empty: 1.6 knows no charging without a token');
  return no.text(`${path}/idToken`, idToken, MAX_LENGTH);
}
