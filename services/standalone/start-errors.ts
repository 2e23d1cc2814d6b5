import { EventLogError } from '../../libs/eventlog/mod.js';
import { ConfigError, StartError } from '../../libs/ops/mod.js';
import { StoreError } from '../../libs/store/mod.js';
import { ListenError, TlsError } from '../edge/mod.js';

/** What keeps the gateway from starting, as the error that main.ts turns into a line; bugs stay as they are. */
export function explained(error: unknown): unknown {
  if (error instanceof TlsError) return new ConfigError(error.message, { cause: error });
  if (error instanceof ListenError || error instanceof StoreError || error instanceof EventLogError)
    return new StartError(error.message, { cause: error });
  return error;
}
