import type { Credential } from './credentials.js';

/**
 * The stations that the operator has provisioned. Keyed by the exact station id. What one call has changed, every later call
 * sees, also one of another process. After StoreError `unavailable` nothing is known of a change: read the record again.
 */
export interface Directory {
  get(stationId: string): Promise<StationRecord | undefined>;
  /** Creates or replaces the record, whatever it was. */
  put(record: StationRecord): Promise<void>;
  /** False when there was none. */
  remove(stationId: string): Promise<boolean>;
  /**
   * Makes the record of the station `next` (undefined: removes it) in one step, if at that moment it says what `expected` says
   * (undefined: there is none). Of several that expect the same, also of several processes, one succeeds. False: it says
   * something else, and nothing was changed.
   */
  replace(
    stationId: string,
    expected: StationRecord | undefined,
    next: StationRecord | undefined,
  ): Promise<boolean>;
  /** Records in order of station id (UTF-8), those after `after`, of ids that begin with `prefix`, at most `limit`. */
  list(options: ListOptions): Promise<StationRecord[]>;
}

export interface ListOptions {
  readonly after?: string;
  readonly prefix?: string;
  readonly limit: number;
}

export interface StationRecord {
  readonly stationId: string;
  /** A disabled station is refused like an unknown one. */
  readonly disabled?: boolean;
  /**
   * The station's serial number: a client certificate with it as CN opens the door too (A00.FR.405), and one with another CN none.
   */
  readonly serialNumber?: string;
  /**
   * Any of them opens the door (two during a rotation). None, and no serial number: the station connects without a password.
   */
  readonly credentials: readonly Credential[];
  /** The first of `credentials` is new: the others end with its first use. */
  readonly rotating?: true;
  /** Lowest security profile that is accepted, 0 to 3. */
  readonly minimumSecurityProfile?: number;
  /** Names of the quirks of libs/ocpp to switch on for this station, beside the gateway's defaults. */
  readonly quirks?: readonly string[];
}
