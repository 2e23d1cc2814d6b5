/** What is wrong, in a line, for the log. */
export function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
