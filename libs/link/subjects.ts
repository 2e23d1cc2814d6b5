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
  /** Owner → the process that handed it a message: it has it, refuses it, or answers it. */
  dispatched: (process: string, id: string) => `csms.dispatch.${process}.${id}`,
  dispatchedBy: (process: string) => `csms.dispatch.${process}.*`,
  /** Owner → the process whose caller waits: how the command ended. `id`: of the waiting call. */
  outcome: (process: string, id: string) => `csms.outcome.${process}.${id}`,
  outcomesFor: (process: string) => `csms.outcome.${process}.*`,
  /** Whoever changed the directory → all edges: end the station's connections, it may not stay as it came in. */
  shutout: (token: string) => `csms.shutout.${token}`,
  shutouts: 'csms.shutout.*',
  /** Whoever taps a station → all edges: tell what goes over its connections… */
  tap: (token: string) => `csms.tap.${token}`,
  taps: 'csms.tap.*',
  /** …edge → whoever taps it. `id`: of the tap. */
  tapped: (process: string, id: string) => `csms.tapped.${process}.${id}`,
  /** Business service → gateway: send this command now; with an id of the caller's, the same one is not sent twice. */
  command: (token: string, action: string, commandId?: string) =>
    commandId === undefined
      ? `csms.command.${token}.${action}`
      : `csms.command.${token}.${action}.${commandId}`,
  commands: 'csms.command.*.*',
  commandsWithId: 'csms.command.*.*.*',
  /** Business service → gateway: a unary method of the gRPC services, with JSON instead of protobuf. */
  api: (service: string, method: string) => `csms.api.${service}.${method}`,
  apis: 'csms.api.*.*',
  /** Gateway → business service: decide this. */
  decision: (action: string, token: string) => `csms.decision.${action}.${token}`,
  decisions: 'csms.decision.*.*',
  /** The same, of the gateway to itself: what no business service decides, in open mode, or with a tokens file. */
  undecided: (action: string, token: string) => `csms.undecided.${action}.${token}`,
} as const;

/** The token at place `index` of a subject, counted from 0. */
export function subjectToken(subject: string, index: number): string {
  let start = 0;
  for (let skipped = 0; skipped < index; skipped++) start = subject.indexOf('.', start) + 1;
  const end = subject.indexOf('.', start);
  return end === -1 ? subject.slice(start) : subject.slice(start, end);
}
