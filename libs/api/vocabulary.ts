/**
 * The terms of OCPP 2.1 in which events speak, whatever version the station speaks. What a version cannot tell is
 * left out; a field that is left out has the default that OCPP 2.1 gives it.
 */

/** A 1.6 station does not tell the type of its tokens. */
export interface IdToken {
  readonly idToken: string;
  readonly type?: string;
}

/** What the station was told about a token. `status` is one of OCPP 2.1's (`Accepted`, `Blocked`, `Invalid`, …). */
export interface IdTokenInfo {
  readonly status: string;
  /** RFC 3339. */
  readonly cacheExpiryDateTime?: string;
  /** The token that stands for the group (1.6: `parentIdTag`). */
  readonly groupIdToken?: IdToken;
}

/**
 * Where in the station. A 1.6 connector `n` is EVSE `n` with connector 1; EVSE 0, without a connector, is the station as
 * a whole.
 */
export interface Place {
  readonly evseId?: number;
  readonly connectorId?: number;
}

export interface MeterValue {
  /** RFC 3339, by the station's clock. */
  readonly timestamp: string;
  readonly sampledValue: readonly SampledValue[];
}

export interface SampledValue {
  /** Left out when the station sent no number: signed data, or text that is none. */
  readonly value?: number;
  /** Default `Energy.Active.Import.Register`. */
  readonly measurand?: string;
  /** Default `Sample.Periodic`. */
  readonly context?: string;
  readonly phase?: string;
  /** Default `Outlet`. */
  readonly location?: string;
  /** Default: Wh. */
  readonly unitOfMeasure?: { readonly unit?: string; readonly multiplier?: number };
  readonly signedMeterValue?: {
    readonly signedMeterData: string;
    readonly encodingMethod?: string;
    readonly signingMethod?: string;
    readonly publicKey?: string;
  };
}

export type ConnectorStatus = 'Available' | 'Occupied' | 'Reserved' | 'Unavailable' | 'Faulted';

export type RegistrationStatus = 'Accepted' | 'Pending' | 'Rejected';

/** First and last of the sequence numbers in a run without holes. */
export type SequenceRange = readonly [from: number, to: number];
