import { certificateSigned } from './certificate-signed.js';
import type { Conversion } from './conversion.js';
import { requestStartTransaction } from './request-start-transaction.js';
import { setChargingProfile } from './set-charging-profile.js';
import { setNetworkProfile } from './set-network-profile.js';

/** The commands that change on their way to a 2.0.1 station; the others go as they are. */
export const CONVERSIONS_201: ReadonlyMap<string, Conversion> = new Map(
  [certificateSigned, requestStartTransaction, setChargingProfile, setNetworkProfile].map((one) => [
    one.action,
    one,
  ]),
);
