import type { Credential } from './credentials.js';

/** The stations that the operator has provisioned. Keyed by the exact station id. */
export interface Directory {
  get(stationId: string): Promise<StationRecord | undefined>;
  /** Creates or replaces the record. */
  put(record: StationRecord): Promise<void>;
  /** False when there was none. */
  remove(stationId: string): Promise<boolean>;
  /** Records in order of station id, those after `after`, at most `limit`. */
  list(options: { after?: string; limit: number }): Promise<StationRecord[]>;
}

export interface StationRecord {
  readonly stationId: string;
  /** A disabled station is refused like an unknown one. */
  readonly disabled?: boolean;
  /** Any of them opens the door (two during a rotation). None: the station connects without a password. */
  readonly credentials: readonly Credential[];
  /** Lowest security profile that is accepted, 0 to 3. */
  readonly minimumSecurityProfile?: number;
  /** Names of the quirks of libs/ocpp to switch on for this station, beside the gateway's defaults. */
  readonly quirks?: readonly string[];
}
