import { grpc } from '../../../libs/api/mod.js';
import type { Tapped, TapFrame, TappedConnection } from '../../../libs/link/mod.js';

type What = NonNullable<grpc.TapStationResponse['what']>;

/** Where something comes from; what is left out is not known. */
export interface From {
  readonly edgeId?: string;
  readonly connectionId?: string;
}

export function response(
  at: number,
  { edgeId = '', connectionId = '' }: From,
  what: What,
): grpc.TapStationResponse {
  return { time: new Date(at), edgeId, connectionId, what };
}

export const leftOut = (cause: grpc.LeftOutCause, messages = 0): What => ({
  $case: 'leftOut',
  value: { cause, messages },
});

export const connected = ({ connectedAt, certificateCn = '', ...rest }: TappedConnection): What => ({
  $case: 'connected',
  value: {
    version: rest.version,
    securityProfile: rest.securityProfile,
    remoteAddress: rest.remoteAddress,
    since: new Date(connectedAt),
    certificateCommonName: certificateCn,
  },
});

/** Of a connection whose end nobody has told. */
export const ENDED_UNSEEN: What = {
  $case: 'disconnected',
  value: { code: 1006, reason: '', cause: 'not_seen' },
};

/** What callers are told; undefined for what only the tap itself has to know. */
export function shownOf({ told }: Tapped): What | undefined {
  switch (told.kind) {
    case 'alive':
    case 'full':
      return undefined;
    case 'connected':
      return connected(told);
    case 'disconnected': {
      const { code, reason, cause } = told;
      return { $case: 'disconnected', value: { code, reason, cause } };
    }
    case 'refused': {
      const { outcome, reason, status, remoteAddress, protocols, secure } = told;
      return { $case: 'refused', value: { outcome, reason, status, remoteAddress, protocols, secure } };
    }
    case 'left_out':
      return leftOut(grpc.LeftOutCause.LEFT_OUT_CAUSE_TOO_MUCH, told.messages);
    case 'frame':
      return { $case: 'frame', value: frameOf(told) };
  }
}

function frameOf(frame: TapFrame): grpc.TapFrame {
  const { FRAME_DIRECTION_FROM_STATION, FRAME_DIRECTION_TO_STATION } = grpc.FrameDirection;
  return {
    direction: frame.from === 'station' ? FRAME_DIRECTION_FROM_STATION : FRAME_DIRECTION_TO_STATION,
    messageType: frame.messageType,
    id: frame.id,
    action: frame.action ?? '',
    payload: frame.payload?.text ?? '',
    payloadIsCut: frame.payload?.cut ?? false,
    payloadNote: frame.note ?? '',
    length: frame.length,
    errorCode: frame.error?.code ?? '',
    errorDescription: frame.error?.description ?? '',
    answeredAfterMs: frame.answeredAfterMs,
    fault: frame.fault?.kind ?? '',
    faultDetail: frame.fault?.detail ?? '',
    quirks: [...(frame.quirks ?? [])],
  };
}
