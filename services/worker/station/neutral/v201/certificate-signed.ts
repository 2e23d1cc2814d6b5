import { conversion } from './conversion.js';

export const certificateSigned = conversion(
  'CertificateSigned',
  ['requestId stays behind: it is that of a SignCertificate, which has none in 2.0.1.'],
  ({ requestId: _, ...rest }) => rest,
);
