/** What is measured: processes that keep what they write. */
interface Measured {
  /** An error that also shows the end of their output. */
  failure(what: string): Error;
}

/** The error to be thrown for one that came while `measured` was at work. */
export function failureOf(measured: Measured, error: unknown): Error {
  return measured.failure(`failed (${error instanceof Error ? error.message : String(error)})`);
}
