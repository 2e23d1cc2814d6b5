const LONGEST = 256;

/** A peer's text for a log line: cut, for a peer may write as much as it likes. */
export function forLog(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
