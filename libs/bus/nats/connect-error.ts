/**
 * Why no link to NATS came up:
 * `bad_option`: an address or a file that cannot be used; a mistake of the configuration.
 * `credentials_refused`: a server answers and does not let these credentials in; trying again is useless.
 * `unreachable`: no server was usable within the time; try again later.
 */
export type NatsConnectReason = 'bad_option' | 'credentials_refused' | 'unreachable';

/** The message is one line that names the servers, without credentials, and says what to check. */
export class NatsConnectError extends Error {
  override readonly name = 'NatsConnectError';

  constructor(
    readonly reason: NatsConnectReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
