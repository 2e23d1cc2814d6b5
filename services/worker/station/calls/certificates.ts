import { formatTimestamp, type Request, type Response } from '../../../../libs/ocpp/mod.js';
import type { Turn } from '../turn.js';
import { decided, recordEvent, type Call, type DecisionRow } from './row.js';

type Sign =
  Request<'1.6', 'SignCertificate'> | Request<'2.0.1', 'SignCertificate'> | Request<'2.1', 'SignCertificate'>;
type EvCertificate = Request<'2.0.1', 'Get15118EVCertificate'> | Request<'2.1', 'Get15118EVCertificate'>;
type CertificateStatus = Request<'2.0.1', 'GetCertificateStatus'> | Request<'2.1', 'GetCertificateStatus'>;
type ChainStatus = Request<'2.1', 'GetCertificateChainStatus'>;
type ChainStatusResponse = Response<'2.1', 'GetCertificateChainStatus'>;

/** Rejected unless a CA service is wired; the certificate itself follows as a command, CertificateSigned. */
export const signCertificate: DecisionRow<Sign, Response<'1.6', 'SignCertificate'>> = decided(
  'SignCertificate',
  () => ({ status: 'Rejected' }),
  'certificate.requested',
  (request, { status }) => ({
    certificateType: 'certificateType' in request ? request.certificateType : undefined,
    requestId: 'requestId' in request ? request.requestId : undefined,
    status,
  }),
);

export const get15118EVCertificate: DecisionRow<
  EvCertificate,
  Response<'2.0.1', 'Get15118EVCertificate'>
> = decided(
  'Get15118EVCertificate',
  () => ({ status: 'Failed', exiResponse: '' }),
  'certificate.ev.requested',
  ({ action }, { status }) => ({ action, status }),
);

export const getCertificateStatus: DecisionRow<
  CertificateStatus,
  Response<'2.0.1', 'GetCertificateStatus'>
> = decided(
  'GetCertificateStatus',
  () => ({ status: 'Failed' }),
  'certificate.checked',
  (_request, { status }) => ({ statuses: [status] }),
);

export const getCertificateChainStatus: DecisionRow<ChainStatus, ChainStatusResponse> = {
  decision: 'GetCertificateChainStatus',
  fallback: failed,
  record(turn, call, answer) {
    const statuses = answer.certificateStatus.map(({ status }) => status);
    recordEvent(turn, call, 'certificate.checked', { statuses });
    return answer;
  },
};

/** One answer for each question; `nextUpdate` now: it may be asked again at any time. */
function failed({ now }: Turn, { payload }: Call<ChainStatus>): ChainStatusResponse {
  const nextUpdate = formatTimestamp(now);
  return {
    certificateStatus: payload.certificateStatusRequests.map(({ certificateHashData, source }) => ({
      certificateHashData,
      source,
      status: 'Failed',
      nextUpdate,
    })),
  };
}
