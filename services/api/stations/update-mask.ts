import { invalid } from './requests.js';

const FIELDS = ['disabled', 'minimum_security_profile', 'quirks', 'serial_number'] as const;

export type Field = (typeof FIELDS)[number];

/** What an update changes. @throws ServerError INVALID_ARGUMENT */
export function fieldsOf(mask: readonly string[] | undefined): ReadonlySet<Field> {
  if (mask === undefined || mask.length === 0) {
    throw invalid(`update_mask is empty: name what to change, of ${FIELDS.join(', ')}`);
  }
  return new Set(mask.map(fieldOf));
}

function fieldOf(path: string): Field {
  const field = FIELDS.find((name) => name === path);
  if (field !== undefined) return field;
  const shown = JSON.stringify(path.slice(0, 50));
  throw invalid(
    `update_mask: ${shown} cannot be updated, only ${FIELDS.join(', ')} (a password by SetPassword)`,
  );
}
