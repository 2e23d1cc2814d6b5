/**
 * Which subscriptions get a subject. Looking up costs one step per token of the subject, however many subscriptions
 * there are: `a.b.c` and `a.b.*`, which carry nearly all traffic, are one map lookup each; other patterns stand in a trie.
 */
export class Routes<Member> {
  readonly #exact = new Map<string, Member[]>();
  /** By the text before `.*`. */
  readonly #lastTokenOpen = new Map<string, Member[]>();
  readonly #others = new Node<Member>();

  add(pattern: string, member: Member): void {
    const map = this.#mapOf(pattern);
    if (map === undefined) {
      this.#others.add(pattern.split('.'), 0, member);
      return;
    }
    const key = keyOf(pattern);
    const members = map.get(key);
    if (members === undefined) map.set(key, [member]);
    else map.set(key, [...members, member]);
  }

  remove(pattern: string, member: Member): void {
    const map = this.#mapOf(pattern);
    if (map === undefined) {
      this.#others.remove(pattern.split('.'), 0, member);
      return;
    }
    const key = keyOf(pattern);
    const left = without(map.get(key) ?? [], member);
    if (left.length === 0) map.delete(key);
    else map.set(key, left);
  }

  /** Adds to `found` a list of members for each pattern that matches. The lists are never changed afterwards. */
  match(subject: string, found: (readonly Member[])[]): void {
    const exact = this.#exact.get(subject);
    if (exact !== undefined) found.push(exact);
    const lastDot = subject.lastIndexOf('.');
    if (lastDot !== -1) {
      const open = this.#lastTokenOpen.get(subject.slice(0, lastDot));
      if (open !== undefined) found.push(open);
    }
    if (!this.#others.empty) this.#others.match(subject, 0, found);
  }

  #mapOf(pattern: string): Map<string, Member[]> | undefined {
    const wildcard = pattern.search(/[*>]/);
    if (wildcard === -1) return this.#exact;
    return wildcard > 1 && pattern.indexOf('.*') === pattern.length - 2 ? this.#lastTokenOpen : undefined;
  }
}

function keyOf(pattern: string): string {
  return pattern.endsWith('.*') ? pattern.slice(0, -2) : pattern;
}

/** One token of a pattern and what may follow it. */
class Node<Member> {
  #children: Map<string, Node<Member>> | undefined;
  /** Members whose pattern ends here. */
  #members: readonly Member[] = [];
  /** Members whose pattern goes on with `>`. */
  #rest: readonly Member[] = [];

  get empty(): boolean {
    return this.#members.length === 0 && this.#rest.length === 0 && (this.#children?.size ?? 0) === 0;
  }

  add(tokens: readonly string[], depth: number, member: Member): void {
    const token = tokens[depth];
    if (token === undefined) this.#members = [...this.#members, member];
    else if (token === '>') this.#rest = [...this.#rest, member];
    else this.#childFor(token).add(tokens, depth + 1, member);
  }

  remove(tokens: readonly string[], depth: number, member: Member): void {
    const token = tokens[depth];
    if (token === undefined) this.#members = without(this.#members, member);
    else if (token === '>') this.#rest = without(this.#rest, member);
    else {
      const child = this.#children?.get(token);
      child?.remove(tokens, depth + 1, member);
      if (child?.empty === true) this.#children?.delete(token);
    }
  }

  /** @param start where the next token of `subject` begins; -1: there is none. */
  match(subject: string, start: number, found: (readonly Member[])[]): void {
    if (start === -1) {
      if (this.#members.length > 0) found.push(this.#members);
      return;
    }
    if (this.#rest.length > 0) found.push(this.#rest);
    if (this.#children === undefined) return;
    const dot = subject.indexOf('.', start);
    const token = dot === -1 ? subject.slice(start) : subject.slice(start, dot);
    const next = dot === -1 ? -1 : dot + 1;
    this.#children.get(token)?.match(subject, next, found);
    this.#children.get('*')?.match(subject, next, found);
  }

  #childFor(token: string): Node<Member> {
    this.#children ??= new Map();
    let child = this.#children.get(token);
    if (child === undefined) {
      child = new Node();
      this.#children.set(token, child);
    }
    return child;
  }
}

function without<Member>(members: readonly Member[], member: Member): Member[] {
  return members.filter((other) => other !== member);
}
