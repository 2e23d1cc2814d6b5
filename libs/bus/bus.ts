/**
 * Ephemeral messages between processes: at most once, in order from one publisher to one subscriber of a
 * subject. Subjects follow NATS: tokens of printable ASCII without space, `.`, `*` or `>`, joined by `.`; a
 * subscription may use `*` for one token and a last `>` for one or more. At most 1,024 characters.
 */
export interface Bus {
  /**
   * Hands a message over; never waits, never runs a handler within the call. The bytes must not be changed
   * afterwards. When `reply` is given and nobody subscribes to `subject`, a message with `noResponders` set
   * arrives on `reply`.
   * @throws BusError `unavailable` while disconnected, `too_large` past `maxPayload`, `bad_subject`.
   */
  publish(subject: string, data: Uint8Array, reply?: string): void;
  /**
   * Messages published after `flush()` resolved are delivered. Of the subscribers with the same `queue`
   * name only one gets each message; a handler that throws is logged, and the next message still comes.
   * @throws BusError `bad_subject`; `unavailable` when the bus is closed.
   */
  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options?: { queue?: string },
  ): Subscription;
  /**
   * Publishes and waits for one reply.
   * @throws BusError `no_responders`, `timeout`, `unavailable`, `too_large`, `bad_subject`.
   */
  request(subject: string, data: Uint8Array, options: { timeoutMs: number }): Promise<BusMessage>;
  /**
   * Resolves when everything published or subscribed before has reached the server.
   * @throws BusError `unavailable` while disconnected, or when the connection is lost meanwhile.
   */
  flush(): Promise<void>;
  /** False while messages cannot be sent. */
  readonly connected: boolean;
  /** Tells every change of `connected`; returns the function that stops the telling. */
  onStatus(listener: (connected: boolean) => void): () => void;
  /** Delivers what has arrived, sends what was published, then disconnects. */
  close(): Promise<void>;
  /** Largest `data`, in bytes. */
  readonly maxPayload: number;
}

export interface BusMessage {
  readonly subject: string;
  /** To be read only. May be a view into a larger buffer: copy what is kept for long. */
  readonly data: Uint8Array;
  /** Where an answer is expected. */
  readonly reply?: string;
  /** Set on the empty message that says: nobody subscribes to the subject you published to. */
  readonly noResponders?: true;
}

export interface Subscription {
  /** No handler call begins after this returns. */
  unsubscribe(): void;
  /** Takes no new message; resolves when those that had arrived have been handled. */
  drain(): Promise<void>;
}
