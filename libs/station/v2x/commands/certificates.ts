import { formatTimestamp, type Request, type Response } from '../../../ocpp/mod.js';
import { certificateHash } from '../../model/certificates.js';
import type { Station } from '../../station.js';
import type { Handler2x } from './handler.js';

type Chain = NonNullable<Response<'2.1', 'GetInstalledCertificateIds'>['certificateHashDataChain']>[number];

function tellSecurityEvent(station: Station, type: string): void {
  const request: Request<'2.1', 'SecurityEventNotification'> = {
    type,
    timestamp: formatTimestamp(station.clock.now()),
  };
  station.session.call('SecurityEventNotification', request);
}

/** 2.0.1 A02: a certificate that cannot be used is refused and reported as a security event. */
export const certificateSigned: Handler2x<'CertificateSigned'> = ({ station }, { certificateChain }) => {
  if (certificateHash(certificateChain) !== undefined) return { status: 'Accepted' };
  station.afterAnswer(() => tellSecurityEvent(station, 'InvalidChargingStationCertificate'));
  return { status: 'Rejected' };
};

/** 2.0.1 M05. */
export const installCertificate: Handler2x<'InstallCertificate'> = ({ station }, request) => {
  const outcome = station.certificates.install(request.certificateType, request.certificate);
  return { status: outcome === 'installed' ? 'Accepted' : outcome === 'full' ? 'Failed' : 'Rejected' };
};

/** 2.0.1 M04. */
export const deleteCertificate: Handler2x<'DeleteCertificate'> = ({ station }, { certificateHashData }) => ({
  status: station.certificates.remove(certificateHashData) ? 'Accepted' : 'NotFound',
});

/** 2.0.1 M03. */
export const getInstalledCertificateIds: Handler2x<'GetInstalledCertificateIds'> = (
  { station },
  { certificateType },
) => {
  const found = station.certificates.list(certificateType);
  if (found.length === 0) return { status: 'NotFound' };
  return {
    status: 'Accepted',
    certificateHashDataChain: found.map(({ type, hash }) => ({
      certificateType: type as Chain['certificateType'],
      certificateHashData: { ...hash },
    })),
  };
};
