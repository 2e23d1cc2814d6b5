import type { Request } from '../../../../libs/ocpp/mod.js';
import { noteConnectorStatus } from '../connectors.js';
import { CONNECTOR_STATUS_16, fromConnector16 } from '../vocabulary/places.js';
import { recordEvent, type PlainRow } from './row.js';

type Request16 = Request<'1.6', 'StatusNotification'>;
type Request2x = Request<'2.0.1', 'StatusNotification'> | Request<'2.1', 'StatusNotification'>;
type Nothing = Record<string, never>;

export const subjectOf = (evseId: number, connectorId: number | undefined): string =>
  connectorId === undefined ? `evse/${evseId}` : `evse/${evseId}/connector/${connectorId}`;

export const statusNotification16: PlainRow<Request16, Nothing> = {
  answer(turn, call) {
    const { connectorId, status, errorCode, info, vendorId, vendorErrorCode, timestamp } = call.payload;
    const place = fromConnector16(connectorId);
    const connectorStatus = CONNECTOR_STATUS_16[status];
    // Written out: to spread `place` here takes 3 µs.
    const data = {
      evseId: place.evseId,
      connectorId: place.connectorId,
      connectorStatus,
      previousStatus: noteConnectorStatus(turn, connectorId, place.connectorId ?? 0, connectorStatus),
      reportedStatus: status,
      errorCode: errorCode === 'NoError' ? undefined : errorCode,
      info,
      vendorId,
      vendorErrorCode,
    };
    const subject = subjectOf(connectorId, place.connectorId);
    recordEvent(turn, call, 'connector.status', data, { subject, at: timestamp });
    return {};
  },
};

export const statusNotification2x: PlainRow<Request2x, Nothing> = {
  answer(turn, call) {
    const { evseId, connectorId, connectorStatus, timestamp } = call.payload;
    const previousStatus = noteConnectorStatus(turn, evseId, connectorId, connectorStatus);
    const data = { evseId, connectorId, connectorStatus, previousStatus };
    recordEvent(turn, call, 'connector.status', data, {
      subject: subjectOf(evseId, connectorId),
      at: timestamp,
    });
    return {};
  },
};
