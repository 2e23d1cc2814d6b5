import type { Request16 } from './row.js';

/** WP: the trust anchors that a 1.6 station keeps. */
export const CERTIFICATE_TYPES_16: Readonly<
  Record<
    'CSMSRootCertificate' | 'ManufacturerRootCertificate',
    Request16<'InstallCertificate'>['certificateType']
  >
> = {
  CSMSRootCertificate: 'CentralSystemRootCertificate',
  ManufacturerRootCertificate: 'ManufacturerRootCertificate',
};

export const ISO_15118_HINT = ' (what 1.6 has for ISO 15118 travels in DataTransfer)';
