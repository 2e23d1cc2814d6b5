const KEPT = 5;
/** What a peer sends must not become as much log. */
const LONGEST_LINE = 8 * 1024;

/** Reads what the gateway logs: nothing that a station does is an error of ours. */
export class LogWatch {
  readonly levels = new Map<string, number>();
  /** The first of them. */
  readonly errors: string[] = [];
  errorCount = 0;
  longest = 0;
  longestFact = '';

  read(line: string): void {
    const level = /^\{"level":"(\w+)"/.exec(line)?.[1] ?? 'text';
    this.levels.set(level, (this.levels.get(level) ?? 0) + 1);
    if (line.length > this.longest) {
      this.longest = line.length;
      this.longestFact = /"msg":"([^"]*)"\}$/.exec(line)?.[1] ?? line.slice(0, 100);
    }
    if (level !== 'error' && level !== 'fatal') return;
    this.errorCount++;
    if (this.errors.length < KEPT) this.errors.push(line.slice(0, 1000));
  }

  get lines(): number {
    return [...this.levels.values()].reduce((sum, count) => sum + count, 0);
  }

  problems(): string[] {
    const problems = this.errors.map((line) => `logged as an error: ${line}`);
    if (this.longest > LONGEST_LINE)
      problems.push(`a log line of ${this.longest} characters: ${this.longestFact}`);
    return problems;
  }
}
