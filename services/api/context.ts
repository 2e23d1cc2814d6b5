/** What the doors tell a method beside nice-grpc's call context. */
export interface ApiContext {
  /** Over which door the call came. */
  readonly door: 'grpc' | 'nats';
  /** When the caller stops waiting, in epoch milliseconds by the gateway's clock. Left out: it has not said. */
  readonly deadline?: number;
  /** What the caller gave as W3C Trace Context, whatever it is. */
  readonly traceparent?: string;
}
