import { actionsOf } from '../../../../libs/ocpp/mod.js';
import { ABSENT_16 } from './v16/absent.js';
import { ROWS_16 } from './v16/table.js';
import { ABSENT_201 } from './v201/absent.js';
import { CONVERSIONS_201 } from './v201/table.js';

/** How a command of 2.1 reaches a station of an older version. */
export type Translation =
  | {
      /** The messages that it may become, in order of use. */
      readonly becomes: readonly string[];
      /** Sentences on what changes. */
      readonly notes: readonly string[];
    }
  | { readonly unsupported: string };

export interface NeutralRow {
  readonly action: string;
  readonly '1.6': Translation;
  readonly '2.0.1': Translation;
}

/** Every command of OCPP 2.1, by name: what becomes of it on an older station. For documentation. */
export const NEUTRAL_TABLE: readonly NeutralRow[] = actionsOf('2.1')
  .filter(({ sender }) => sender !== 'station')
  .map(({ name }) => ({ action: name, '1.6': on16(name), '2.0.1': on201(name) }))
  .sort((one, other) => (one.action < other.action ? -1 : 1));

function on16(action: string): Translation {
  const row = ROWS_16.get(action);
  return row === undefined
    ? { unsupported: ABSENT_16[action] ?? '' }
    : { becomes: row.becomes, notes: row.notes };
}

function on201(action: string): Translation {
  const absent = ABSENT_201[action];
  if (absent !== undefined) return { unsupported: absent };
  return { becomes: [action], notes: CONVERSIONS_201.get(action)?.notes ?? [] };
}
