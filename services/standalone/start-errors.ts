import { EventLogError } from '../../libs/eventlog/mod.js';
import { StartError } from '../../libs/ops/mod.js';
import { StoreError } from '../../libs/store/mod.js';
import { explainedByEdge } from '../edge/mod.js';

/** What keeps the gateway from starting, as the error that main.ts turns into a line; bugs stay as they are. */
export function explained(error: unknown): unknown {
  if (error instanceof StoreError || error instanceof EventLogError)
    return new StartError(error.message, { cause: error });
  return explainedByEdge(error);
}
