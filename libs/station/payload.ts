/** The member of a parsed payload at the end of `path`; undefined when there is none. */
export function readMember(payload: unknown, ...path: readonly string[]): unknown {
  let value = payload;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Cuts a list into parts of at most `size`; an empty list is one empty part, as in reports. */
export function partsOf<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length || parts.length === 0; at += size)
    parts.push(items.slice(at, at + size));
  return parts;
}
