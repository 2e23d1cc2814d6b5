/** Throws while there is no connection; undefined: not yet. */
export function mustBeConnected(link: { readonly connected: boolean } | undefined): void {
  if (link?.connected !== true) throw new Error(link === undefined ? 'not reached yet' : 'not connected');
}

/** Rejects as `ask` does while the server does not serve; undefined: it was not reached yet. */
export async function mustServe<T>(
  server: T | undefined,
  ask: (server: T) => Promise<unknown>,
): Promise<void> {
  if (server === undefined) throw new Error('not reached yet');
  await ask(server);
}
