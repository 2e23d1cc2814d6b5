/** Collects what a conversion cannot put in the older version. The conversion goes on; its result counts only without any. */
export class Objections {
  /** As `/idToken/idToken: must not be longer than 20 characters there`. */
  first: string | undefined = undefined;

  raise(path: string, words: string): void {
    this.first ??= `${path}: ${words}`;
  }

  /** `value`, which may have at most `limit` characters (as JSON Schema counts them: code points). */
  text(path: string, value: string, limit: number): string {
    if (value.length > limit && [...value].length > limit) {
      this.raise(path, `must not be longer than ${limit} characters there`);
    }
    return value;
  }

  /** The value that stands for `value` in `table`, whose keys are all that may be given. */
  choice<T>(path: string, value: string, table: Readonly<Record<string, T>>, hint = ''): T | undefined {
    if (Object.hasOwn(table, value)) return table[value];
    this.raise(path, `can only be ${Object.keys(table).join(', ')} there, not ${value}${hint}`);
    return undefined;
  }
}
