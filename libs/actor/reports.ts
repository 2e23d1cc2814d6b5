import type { Clock } from '../clock/mod.js';

export type StoreCall = 'beat' | 'look' | 'leave' | 'acquire' | 'renew' | 'release';
/** `load`, `handover`: of a shard, by who acts for it. */
export type FailedCall = StoreCall | 'load' | 'handover';

/** Failures of many calls at once, told once for each kind: hundreds of leases fail together when the store is away. */
export class Reports {
  readonly #failures = new Map<FailedCall, { error: unknown; calls: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly tell: (call: FailedCall, error: unknown, calls: number) => void,
  ) {}

  add(call: FailedCall, error: unknown): void {
    const known = this.#failures.get(call);
    if (known !== undefined) {
      known.calls++;
      return;
    }
    if (this.#failures.size === 0) this.clock.soon(() => this.#tellAll());
    this.#failures.set(call, { error, calls: 1 });
  }

  #tellAll(): void {
    const failures = [...this.#failures];
    this.#failures.clear();
    for (const [call, { error, calls }] of failures) this.tell(call, error, calls);
  }
}
