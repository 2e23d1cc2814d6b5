/** To the process that sends commands, each to the next of `stations`, always `outstanding` of them under way. */
export interface Order {
  readonly via: Via;
  readonly stations: number;
  readonly count: number;
  readonly outstanding: number;
}

export type Via =
  | { readonly kind: 'gRPC'; readonly address: string }
  /** To `csms.command.…`, or all to one `subject`. */
  | { readonly kind: 'NATS'; readonly url: string; readonly subject?: string };

/** From it. It ends after the first command that did not end by a result. */
export interface Done {
  readonly latenciesMs: readonly number[];
  readonly elapsedMs: number;
  /** CPU time of this process in µs. */
  readonly cpu: number;
}

/** To the process that answers at once, in place of the gateway: over gRPC, and over NATS on `subject`. */
export interface EchoOrder {
  readonly natsUrl: string;
  readonly subject: string;
}

/** From it, when it serves. */
export interface Serving {
  readonly port: number;
}
