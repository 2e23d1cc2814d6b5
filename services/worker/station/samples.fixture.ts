import type { Request, Version } from '../../../libs/ocpp/mod.js';
import { sampleOf } from '../../../libs/ocpp/testing/samples.js';
import { readSchemas, type Schema } from '../../../libs/ocpp/testing/schemas.js';

const requests = new Map<string, Schema>();
for (const version of ['1.6', '2.0.1', '2.1'] as const) {
  for (const { action, side, schema } of readSchemas(version)) {
    if (side === 'request') requests.set(`${version} ${action}`, schema);
  }
}

/** A valid request, made from its schema. */
export function sampleOfAction(
  version: Version,
  action: string,
  members: 'all' | 'required' = 'required',
): unknown {
  const schema = requests.get(`${version} ${action}`);
  if (schema === undefined) throw new Error(`no schema for ${version} ${action}`);
  return sampleOf(schema, members);
}

type Boot = Request<'1.6' | '2.0.1' | '2.1', 'BootNotification'>;

/** The `n`th of different BootNotifications. */
export function bootOf(version: Version, n: number): Boot {
  return version === '1.6'
    ? { chargePointVendor: 'Vendor', chargePointModel: 'Model', firmwareVersion: `1.${n}` }
    : {
        chargingStation: { vendorName: 'Vendor', model: 'Model', firmwareVersion: `1.${n}` },
        reason: 'PowerUp',
      };
}

export const BOOT: Readonly<Record<Version, Boot>> = {
  '1.6': bootOf('1.6', 1),
  '2.0.1': bootOf('2.0.1', 1),
  '2.1': bootOf('2.1', 1),
};
