/** The one value that a member may have: it says what holds without it, so nothing is lost when it is left out. */
export class Only {
  constructor(readonly value: unknown) {}
}

/**
 * Which members of a request have a place in an older version. `true`: it has, or 2.1 demands it and nothing is lost
 * without it. A text: why it has not, and what to do. A member that is not listed has no place. Arrays stand for their
 * elements.
 */
export type Takes<T> = { readonly [K in keyof T]?: true | string | Only | Parts<NonNullable<T[K]>> };

type Parts<V> = V extends readonly (infer E)[] ? Parts<E> : V extends object ? Takes<V> : never;

export interface AnyTakes {
  readonly [member: string]: true | string | Only | AnyTakes | undefined;
}

/** The first member that has no place, as `/chargingProfile/transactionId: …`; undefined when all have. */
export function misplaced(value: unknown, takes: AnyTakes, path = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const place = `${path}/${name}`;
    const found = Array.isArray(value)
      ? misplaced(member, takes, place)
      : complaint(member, takes, name, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function complaint(member: unknown, takes: AnyTakes, name: string, place: string): string | undefined {
  const taken = Object.hasOwn(takes, name) ? takes[name] : undefined;
  if (taken === true) return undefined;
  if (taken === undefined) return `${place}: has no place there; leave it out`;
  if (typeof taken === 'string') return `${place}: ${taken}`;
  if (!(taken instanceof Only)) return misplaced(member, taken, place);
  if (member === taken.value) return undefined;
  return `${place}: can only be ${JSON.stringify(taken.value)} there, which holds without it; leave it out`;
}
