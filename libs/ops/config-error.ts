/** What the operator configured cannot be used. The message is one or more whole lines that say what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The surroundings do not allow a start (a port in use, a folder that cannot be written). One clear line. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
