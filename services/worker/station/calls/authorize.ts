import type { Request, Response } from '../../../../libs/ocpp/mod.js';
import { fromIdTagInfo, withIdTagInfo } from '../vocabulary/tokens.js';
import { recordEvent, type DecisionRow } from './row.js';

type Request16 = Request<'1.6', 'Authorize'>;
type Response16 = Response<'1.6', 'Authorize'>;
type Request2x = Request<'2.0.1', 'Authorize'> | Request<'2.1', 'Authorize'>;
type Response2x = Response<'2.0.1', 'Authorize'>;

export const authorize16: DecisionRow<Request16, Response16> = {
  decision: 'Authorize',
  idToken: ({ idTag }) => ({ idToken: idTag }),
  fallback: () => ({ idTagInfo: { status: 'Invalid' } }),
  complete: (_turn, _call, answer) => withIdTagInfo(answer),
  record(turn, call, answer) {
    recordEvent(turn, call, 'token.authorized', {
      idToken: { idToken: call.payload.idTag },
      idTokenInfo: fromIdTagInfo(answer.idTagInfo),
    });
    return answer;
  },
};

export const authorize2x: DecisionRow<Request2x, Response2x> = {
  decision: 'Authorize',
  idToken: ({ idToken }) => ({ idToken: idToken.idToken, type: idToken.type }),
  /** Nobody vouches for a contract certificate either (C07). */
  fallback: (_turn, { payload }) =>
    payload.certificate === undefined && payload.iso15118CertificateHashData === undefined
      ? { idTokenInfo: { status: 'Unknown' } }
      : { idTokenInfo: { status: 'Invalid' }, certificateStatus: 'CertChainError' },
  record(turn, call, answer) {
    const { idToken, type } = call.payload.idToken;
    const { idTokenInfo, certificateStatus } = answer;
    recordEvent(turn, call, 'token.authorized', {
      idToken: { idToken, type },
      idTokenInfo,
      certificateStatus,
    });
    return answer;
  },
};
