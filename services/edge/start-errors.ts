import { ConfigError, StartError } from '../../libs/ops/mod.js';
import { ListenError, TlsError } from './socket/mod.js';

/** What keeps an edge from starting, as the error that main.ts turns into a line; all others stay as they are. */
export function explainedByEdge(error: unknown): unknown {
  if (error instanceof TlsError) return new ConfigError(error.message, { cause: error });
  if (error instanceof ListenError) return new StartError(error.message, { cause: error });
  return error;
}
