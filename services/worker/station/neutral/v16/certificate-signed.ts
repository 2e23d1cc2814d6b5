import { Only } from '../takes.js';
import { oneCall } from './row.js';

/** WP A02. */
export const certificateSigned = oneCall('CertificateSigned', 'CertificateSigned', {
  notes: [
    'The certificate of the station only. requestId stays behind: it is that of a SignCertificate, which has none in 1.6.',
  ],
  takes: {
    certificateChain: true,
    certificateType: new Only('ChargingStationCertificate'),
    requestId: true,
  },
  request: ({ certificateChain }) => ({ certificateChain }),
  response: ({ status }) => ({ status }),
});
