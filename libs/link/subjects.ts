/** The subjects between edges, workers and business services (README, "Across machines"); those of events are in libs/eventlog/jetstream/names.ts. */
export const subjects = {
  /** Edge → the worker that owns the shard. */
  up: (shard: number, token: string) => `csms.up.${shard}.${token}`,
  upOfShard: (shard: number) => `csms.up.${shard}.*`,
  /** Worker → edge, for one connection. */
  connection: (edgeId: string, connectionId: string) => `csms.edge.${edgeId}.${connectionId}`,
  connectionsOf: (edgeId: string) => `csms.edge.${edgeId}.*`,
  /** A new owner announces itself; edges announce their connections of the shard to it. */
  shard: (shard: number) => `csms.shard.${shard}`,
  shards: 'csms.shard.*',
  /** A worker has released the shard: its next owner may take it. */
  free: (shard: number) => `csms.free.${shard}`,
  frees: 'csms.free.*',
  /** Owner → the worker that forwarded the command: it has the command, or refuses it. */
  forwarded: (worker: string, commandId: string) => `csms.worker.${worker}.${commandId}`,
  forwardedBy: (worker: string) => `csms.worker.${worker}.*`,
  /** Whoever changed the directory → all edges: end the station's connections, it may not stay as it came in. */
  shutout: (token: string) => `csms.shutout.${token}`,
  shutouts: 'csms.shutout.*',
  /** Business service → gateway: send this command now. */
  command: (token: string, action: string) => `csms.command.${token}.${action}`,
  commands: 'csms.command.*.*',
  /** Gateway → business service: decide this. */
  decision: (action: string, token: string) => `csms.decision.${action}.${token}`,
  decisions: 'csms.decision.*.*',
} as const;

/** The token at place `index` of a subject, counted from 0. */
export function subjectToken(subject: string, index: number): string {
  let start = 0;
  for (let skipped = 0; skipped < index; skipped++) start = subject.indexOf('.', start) + 1;
  const end = subject.indexOf('.', start);
  return end === -1 ? subject.slice(start) : subject.slice(start, end);
}
