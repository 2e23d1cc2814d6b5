import type { Request } from '../../../../../libs/ocpp/mod.js';
import type { ActionName } from '../../../../../libs/ocpp/mod.js';
import type { Payload } from '../step.js';

type Shared = ActionName<'2.1'> & ActionName<'2.0.1'>;

/** How a request of 2.1 is put in 2.0.1, where more changes than limits. */
export interface Conversion {
  readonly action: Shared;
  readonly notes: readonly string[];
  /** What it gives need not be valid yet. */
  readonly convert: (request: Payload) => object;
}

/** `convert` leaves what has no place: the schema of 2.0.1 names it. */
export function conversion<A extends Shared>(
  action: A,
  notes: readonly string[],
  convert: (request: Readonly<Request<'2.1', A>>) => object,
): Conversion {
  return {
    action,
    notes,
    convert: (request) => convert(request as unknown as Readonly<Request<'2.1', A>>),
  };
}
