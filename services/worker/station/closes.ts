/** Why the actor has connections closed; the codes are of the range that WebSocket leaves to applications. */
export const CLOSES = {
  /** Another connection of the station is newer. Trying again would only take the place of that one. */
  superseded: { code: 4009, reason: 'superseded by a newer connection of this station' },
} as const;
