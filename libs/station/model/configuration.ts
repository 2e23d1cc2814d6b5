import { CONFIGURATION_KEYS, type ConfigurationKey } from './configuration-keys.js';

const BY_KEY = new Map(CONFIGURATION_KEYS.map((entry) => [entry.key.toLowerCase(), entry]));

export type ChangeOutcome = 'Accepted' | 'Rejected' | 'RebootRequired' | 'NotSupported';

/** The configuration keys of a 1.6 station. Holds only what differs from the factory values. */
export class Configuration {
  readonly #changed = new Map<string, string>();

  /** All entries, or those of one key (keys are case-insensitive); undefined: no such key. */
  find(key: string): ConfigurationKey | undefined {
    return BY_KEY.get(key.toLowerCase());
  }

  get keys(): readonly ConfigurationKey[] {
    return CONFIGURATION_KEYS;
  }

  /** @throws Error for a key that no station has: our own bug. */
  value(key: string): string {
    const entry = this.find(key);
    if (entry === undefined) throw new Error(`no configuration key ${key}`);
    return this.#changed.get(entry.key) ?? entry.value;
  }

  number(key: string): number {
    return Number(this.value(key));
  }

  flag(key: string): boolean {
    return this.value(key).toLowerCase() === 'true';
  }

  /** Sets a value from within the station; access does not matter. */
  set(key: string, value: string): void {
    const entry = this.find(key);
    if (entry !== undefined) this.#changed.set(entry.key, value);
  }

  /** ChangeConfiguration (1.6 5.3): the value is taken only where it fits. */
  change(key: string, value: string): ChangeOutcome {
    const entry = this.find(key);
    if (entry === undefined) return 'NotSupported';
    if (entry.access === 'read' || !fits(entry.kind, value)) return 'Rejected';
    this.#changed.set(entry.key, value);
    return entry.reboot ? 'RebootRequired' : 'Accepted';
  }
}

function fits(kind: ConfigurationKey['kind'], value: string): boolean {
  if (kind === 'integer') return /^\d{1,9}$/.test(value);
  if (kind === 'boolean') return /^(true|false)$/i.test(value);
  return true;
}
