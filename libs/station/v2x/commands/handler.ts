import type { ActionName, Request, Response } from '../../../ocpp/mod.js';
import type { Dialect2x } from '../dialect.js';

/**
 * Answers one command of 2.0.1 or 2.1; a request of 2.0.1 is one of 2.1 as well. What follows from it happens in
 * `station.afterAnswer`, when the answer is on the wire.
 */
export type Handler2x<A extends ActionName<'2.1'>> = (
  dialect: Dialect2x,
  request: Request<'2.1', A>,
) => Response<'2.1', A>;
