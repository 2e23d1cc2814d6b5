import type { Logger } from '../../../libs/ops/mod.js';
import { endRotation } from '../../../libs/provisioning/mod.js';
import type { Directory, StationRecord } from '../../../libs/store/mod.js';
import type { LookUps } from './look-up.js';

/** Retirements that the directory has not acknowledged; past it they are left to the next use of the new password. */
const MOST_AT_A_TIME = 256;

/** Ends the old passwords of stations that have used their new one. */
export class OldPasswords {
  readonly #retiring = new Set<string>();

  constructor(
    private readonly directory: Directory,
    private readonly lookUps: LookUps,
    private readonly logger: Logger,
  ) {}

  /**
   * The new password of `record` was used: has the directory keep that one alone, in the background. When the directory fails, or
   * the record was changed meanwhile, the next use of the new password tries again.
   */
  retire(record: StationRecord): void {
    const { stationId } = record;
    if (this.#retiring.has(stationId) || this.#retiring.size >= MOST_AT_A_TIME) return;
    this.#retiring.add(stationId);
    void this.#retire(record).finally(() => this.#retiring.delete(stationId));
  }

  async #retire(record: StationRecord): Promise<void> {
    const { stationId } = record;
    try {
      if (!(await this.directory.replace(stationId, record, endRotation(record)))) return;
      this.lookUps.outdate(new Set([stationId]));
      this.logger.info({ stationId }, 'old_password_retired');
    } catch (error) {
      this.logger.warn({ err: error, stationId }, 'old_password_not_retired');
    }
  }
}
