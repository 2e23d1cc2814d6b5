/**
 * What a business service is asked. It answers with the response's payload in the station's version, without what
 * only the gateway knows (`transactionId`, `currentTime`); a 1.6 station's `idTagInfo` may also be given as 2.1's
 * `idTokenInfo`.
 */
export interface Question {
  /** The same when the same CALL is asked about again, after a crash. */
  readonly askId: string;
  readonly stationId: string;
  readonly version: string;
  readonly action: string;
  /** False: the station is not in the directory. */
  readonly provisioned: boolean;
  /** OCPP security profile of the connection, 0 to 3. */
  readonly securityProfile: number;
  /** The token that the CALL is about, if it is about one. A 1.6 station does not tell its type. */
  readonly idToken?: { readonly idToken: string; readonly type?: string };
  /** The CALL's payload. */
  readonly payload: unknown;
  /** Epoch milliseconds by the worker's clock; after it the default applies. */
  readonly deadline: number;
  /** W3C Trace Context of the question, where it is traced: spans of who decides belong under it. */
  readonly traceparent?: string;
}
