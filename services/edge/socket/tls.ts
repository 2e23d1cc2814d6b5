import { secureContextOptions, TlsError, type CertificateFiles } from '../../../libs/ops/mod.js';
import type { TlsOptions } from './socket.js';

export { secureContextOptions, TlsError };

/**
 * The four suites that OCPP names (ECDHE_ECDSA and RSA with AES-GCM), and ECDHE_RSA for stations that can do better with
 * an RSA certificate. TLS 1.3 brings its own.
 */
export const OCPP_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
].join(':');

/** @throws TlsError */
export async function checkCertificates(tls: TlsOptions): Promise<void> {
  await secureContextOptions(tls);
}

/** @throws TlsError unless there is exactly one pair. */
export function singleCertificate(tls: TlsOptions): CertificateFiles {
  const [pair, ...others] = tls.certificates;
  if (pair === undefined || others.length > 0) {
    throw new TlsError(
      `uWebSockets.js serves one certificate per port, ${tls.certificates.length} are configured; leave one, or use the 'ws' socket`,
    );
  }
  return pair;
}
