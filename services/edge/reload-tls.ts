import type { Edge } from './start.js';

/** Serves new connections with the certificates that stand in the files now. False when they were refused, which is logged. */
export function reloadTls(edge: Edge): Promise<boolean> {
  return edge.reloadTls().then(
    () => true,
    () => false,
  );
}
