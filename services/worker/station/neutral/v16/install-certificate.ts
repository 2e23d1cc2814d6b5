import { CERTIFICATE_TYPES_16, ISO_15118_HINT } from './certificate-types.js';
import { oneCall } from './row.js';

/** WP M05. */
export const installCertificate = oneCall('InstallCertificate', 'InstallCertificate', {
  notes: [
    'CSMSRootCertificate becomes CentralSystemRootCertificate, ManufacturerRootCertificate stays; no others. A certificate has at most 5500 characters.',
  ],
  takes: { certificateType: true, certificate: true },
  request: ({ certificateType, certificate }, no) => ({
    certificateType:
      no.choice('/certificateType', certificateType, CERTIFICATE_TYPES_16, ISO_15118_HINT) ??
      'CentralSystemRootCertificate',
    certificate: no.text('/certificate', certificate, 5500),
  }),
  response: ({ status }) => ({ status }),
});
