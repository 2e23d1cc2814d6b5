/** Every reason for which the edge ends a connection by itself. */
export const CLOSES = {
  draining: { code: 1001, reason: 'the gateway restarts', reconnect: 'soon' },
  shutdown: { code: 1001, reason: 'the gateway stops', reconnect: 'soon' },
  no_subprotocol: { code: 1002, reason: 'no supported OCPP version offered', reconnect: 'after_change' },
  binary_message: { code: 1003, reason: 'OCPP messages are text', reconnect: 'soon' },
  too_many_faults: { code: 1008, reason: 'too many malformed messages', reconnect: 'after_change' },
  shut_out: {
    code: 1008,
    reason: 'not let in as it is any more: removed, disabled, or other credentials',
    reconnect: 'after_change',
  },
  too_fast: { code: 1008, reason: 'messages come too fast', reconnect: 'soon' },
  // Cut without a close frame: nobody would read it.
  slow_reader: { code: 1006, reason: 'messages are not read', reconnect: 'soon' },
  silent: { code: 1006, reason: 'nothing was heard', reconnect: 'soon' },
} as const satisfies Readonly<Record<string, CloseRow>>;

export type CloseName = keyof typeof CLOSES;

export interface CloseRow {
  /** WebSocket close code; 1006: the connection is cut. */
  readonly code: number;
  readonly reason: string;
  /** `soon`: with the station's usual back-off. `after_change`: as it is, it will be closed again. */
  readonly reconnect: 'soon' | 'after_change';
}

/** How a connection ended that the edge did not close by itself, for metrics and logs. */
export function closeOfPeer(code: number): string {
  switch (code) {
    case 1006:
      return 'lost';
    case 1007:
      return 'not_utf8';
    case 1009:
      return 'too_big';
    default:
      return 'station';
  }
}
