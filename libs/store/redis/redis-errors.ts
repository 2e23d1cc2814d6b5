import { StoreError } from '../errors.js';

/** What Redis' error codes mean for the operator. `%` stands for the server. */
const MEANINGS: Readonly<Record<string, string>> = {
  LOADING: '% is loading its data: it serves when that is done',
  READONLY: '% is a replica and takes no writes: give the URL of the master, or of the sentinels',
  MISCONF: '% refuses writes because it cannot save to its disk: see that the disk has space and works',
  OOM: '% has no memory left: raise its maxmemory',
  MASTERDOWN: '% is a replica whose master is away',
  NOREPLICAS: '% refuses writes because too few of its replicas are connected (min-replicas-to-write)',
  CLUSTERDOWN: '% serves no part of the cluster at this moment: see "redis-cli cluster info"',
  MOVED: '% does not serve this part of the cluster any more: its new place is being looked up',
  ASK: '% is moving this part of the cluster to another node',
  TRYAGAIN: '% is moving this part of the cluster to another node',
  BUSY: '% is busy with a script that does not end',
  NOSCRIPT: '% has lost the scripts of the store: they are being loaded again',
  NOAUTH: '% asks for a password: put user and password in the URL, before an @',
  WRONGPASS: '% refuses the user or the password of the URL',
  NOPERM: '% does not allow the user of the URL what the store needs (its own keys, scripts, INFO, PING)',
};

const ACCESS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** The code that an error reply of Redis begins with; undefined for what is no reply. */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^[A-Z]+(?= |$)/.exec(error.message)?.[0] ?? 'ERR';
}

/** True when trying again cannot help until somebody changes the settings. */
export function isAccessError(error: unknown): boolean {
  return ACCESS.has(replyCode(error) ?? '');
}

/** What an error reply means. `server`: how it is called in the message, without secrets. */
export function refused(server: string, error: Error): StoreError {
  const meaning = MEANINGS[replyCode(error) ?? ''] ?? '% refuses a command';
  const text = `${meaning.replace('%', `Redis at ${server}`)} (${error.message})`;
  return new StoreError(isAccessError(error) ? 'refused' : 'unavailable', text, { cause: error });
}

export function lost(server: string, cause: unknown): StoreError {
  return new StoreError('unavailable', `the connection to Redis at ${server} was lost before it answered`, {
    cause,
  });
}

export function timedOut(server: string, ms: number, cause: unknown): StoreError {
  return new StoreError('unavailable', `Redis at ${server} did not answer within ${ms} ms`, { cause });
}

/** @param cause why the last attempt failed, if it did. */
export function notConnected(server: string, cause: Error | undefined): StoreError {
  if (cause !== undefined && replyCode(cause) !== undefined) return refused(server, cause);
  const why = cause === undefined ? '' : ` (${cause.message})`;
  const text = `Redis at ${server} cannot be reached${why}: see that it runs and that its URL is right`;
  return new StoreError('unavailable', text, cause === undefined ? {} : { cause });
}

/** An error that is none of the store's is a bug: nothing is known of what was asked for. */
export function asStoreError(error: unknown, server: string): StoreError {
  if (error instanceof StoreError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new StoreError(
    'unavailable',
    `a command for Redis at ${server} failed here, which is a bug: ${why}`,
    {
      cause: error,
    },
  );
}
