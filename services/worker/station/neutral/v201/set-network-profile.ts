import type { Request } from '../../../../../libs/ocpp/mod.js';
import { conversion } from './conversion.js';

type Version21 = NonNullable<Request<'2.1', 'SetNetworkProfile'>['connectionData']['ocppVersion']>;
type Version201 = Request<'2.0.1', 'SetNetworkProfile'>['connectionData']['ocppVersion'];

/** 2.0.1 names no version after 2.0; which one is spoken is agreed on when the station connects. */
const VERSIONS: Readonly<Record<Version21, Version201>> = {
  OCPP12: 'OCPP12',
  OCPP15: 'OCPP15',
  OCPP16: 'OCPP16',
  OCPP20: 'OCPP20',
  OCPP201: 'OCPP20',
  OCPP21: 'OCPP20',
};

export const setNetworkProfile = conversion(
  'SetNetworkProfile',
  [
    'ocppVersion, which 2.0.1 demands, is OCPP20 for OCPP201, for OCPP21, and when it is left out.',
    'identity and basicAuthPassword have no place: use SetVariables on SecurityCtrlr.',
  ],
  ({ connectionData, ...rest }) => ({
    ...rest,
    connectionData: { ...connectionData, ocppVersion: VERSIONS[connectionData.ocppVersion ?? 'OCPP20'] },
  }),
);
