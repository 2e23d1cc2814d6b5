import { oneCall } from './row.js';

/** WP M04. */
export const deleteCertificate = oneCall('DeleteCertificate', 'DeleteCertificate', {
  takes: {
    certificateHashData: {
      hashAlgorithm: true,
      issuerNameHash: true,
      issuerKeyHash: true,
      serialNumber: true,
    },
  },
  request: ({ certificateHashData }) => ({ certificateHashData }),
  response: ({ status }) => ({ status }),
});
