/** The Local Authorization List: what the station may decide on its own while it is offline (D01, 1.6 3.5.2). */
export class LocalList {
  #version = 0;
  #entries = new Map<string, string>();

  static readonly CAPACITY = 1000;

  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The AuthorizationStatus of a token; undefined when it is not listed. */
  status(idToken: string): string | undefined {
    return this.#entries.get(idToken.toLowerCase());
  }

  /** Removes one token, as CustomerInformation may ask for; the version stays. */
  forget(idToken: string): void {
    this.#entries.delete(idToken.toLowerCase());
  }

  /** An update without a status removes its token. `failed`: the list is as before. */
  update(
    kind: 'Full' | 'Differential',
    version: number,
    updates: readonly ListUpdate[],
  ): 'accepted' | 'version_mismatch' | 'failed' {
    if (kind === 'Differential' && version <= this.#version) return 'version_mismatch';
    const entries = new Map(kind === 'Full' ? [] : this.#entries);
    for (const { idToken, status } of updates) {
      if (status === undefined) entries.delete(idToken.toLowerCase());
      else entries.set(idToken.toLowerCase(), status);
    }
    if (entries.size > LocalList.CAPACITY) return 'failed';
    this.#entries = entries;
    this.#version = version;
    return 'accepted';
  }
}

export interface ListUpdate {
  readonly idToken: string;
  readonly status: string | undefined;
}
