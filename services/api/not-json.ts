/**
 * What is wrong with a text that is not JSON, in words that repeat nothing of it: it may hold a password, and problems are
 * logged. `error` is JSON.parse's.
 */
export function notJson(error: unknown): string {
  const message = error instanceof SyntaxError ? error.message : '';
  // V8 quotes the text around the mistake in double quotes, and none of its own words.
  const [what] = /^Unexpected token '.+?'(?=, )|^[^"]+$/su.exec(message) ?? [];
  return what === undefined ? 'is not JSON' : `is not JSON: ${what}`;
}
