import { formatTimestamp, type Request } from '../../../ocpp/mod.js';
import { certificateHash } from '../../model/certificates.js';
import type { Station } from '../../station.js';
import type { Handler16 } from './handler.js';

/** WP A02: a certificate that cannot be used is refused and reported as a security event. */
export const certificateSigned: Handler16<'CertificateSigned'> = ({ station }, { certificateChain }) => {
  if (certificateHash(certificateChain) !== undefined) return { status: 'Accepted' };
  station.afterAnswer(() => tellSecurityEvent(station, 'InvalidChargePointCertificate'));
  return { status: 'Rejected' };
};

function tellSecurityEvent(station: Station, type: string): void {
  const request: Request<'1.6', 'SecurityEventNotification'> = {
    type,
    timestamp: formatTimestamp(station.clock.now()),
  };
  station.session.call('SecurityEventNotification', request);
}

/** WP M05. */
export const installCertificate: Handler16<'InstallCertificate'> = ({ station }, request) => {
  const outcome = station.certificates.install(request.certificateType, request.certificate);
  return { status: outcome === 'installed' ? 'Accepted' : outcome === 'full' ? 'Failed' : 'Rejected' };
};

/** WP M04. */
export const deleteCertificate: Handler16<'DeleteCertificate'> = ({ station }, { certificateHashData }) => ({
  status: station.certificates.remove(certificateHashData) ? 'Accepted' : 'NotFound',
});

/** WP M03. */
export const getInstalledCertificateIds: Handler16<'GetInstalledCertificateIds'> = (
  { station },
  { certificateType },
) => {
  const found = station.certificates.list([certificateType]);
  if (found.length === 0) return { status: 'NotFound' };
  return { status: 'Accepted', certificateHashData: found.map(({ hash }) => ({ ...hash })) };
};
