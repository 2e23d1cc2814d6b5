/** Why the actor has connections closed; the codes are of the range that WebSocket leaves to applications. */
export const CLOSES = {
  /** Another connection of the station is newer. Trying again would only take the place of that one. */
  superseded: { code: 4009, reason: 'superseded by a newer connection of this station' },
  /** The certificate is that of another device than the one that boots (B01.FR.11, B01.FR.12). */
  foreign_serial_number: {
    code: 1008,
    reason: 'the serial number is not that of the client certificate',
  },
} as const;
