import type { Request } from '../../../../libs/ocpp/mod.js';
import { sameContentAnswered } from '../repeats.js';
import { transactionById } from '../transactions/book.js';
import { fromMeterValues16, fromMeterValues2x } from '../vocabulary/meter-values.js';
import { fromConnector16 } from '../vocabulary/places.js';
import { recordEvent, type PlainRow } from './row.js';

type Request16 = Request<'1.6', 'MeterValues'>;
type Request2x = Request<'2.0.1', 'MeterValues'> | Request<'2.1', 'MeterValues'>;
type Nothing = Record<string, never>;

/** With a transactionId it is a transaction message (1.6J 3.7.1): sent again under a new id it changes nothing. */
export const meterValues16: PlainRow<Request16, Nothing> = {
  answer(turn, call) {
    const { connectorId, transactionId, meterValue } = call.payload;
    const place = fromConnector16(connectorId);
    const at = meterValue.at(-1)?.timestamp;
    if (transactionId === undefined) {
      const { evseId, connectorId: ofEvse } = place;
      const data = { evseId, connectorId: ofEvse, meterValue: fromMeterValues16(turn, meterValue) };
      recordEvent(turn, call, 'meter.values', data, { at });
      return {};
    }
    if (sameContentAnswered(turn.state, call)) {
      turn.count('repeated_transaction_message');
      return {};
    }
    const subject = String(transactionId);
    const known = transactionById(turn.state, '1.6', subject);
    // Written out: to spread `place` here takes microseconds.
    const data = {
      transactionId: subject,
      evseId: place.evseId,
      connectorId: place.connectorId,
      meterValue: fromMeterValues16(turn, meterValue),
      late: known?.endedAt === undefined ? undefined : (true as const),
    };
    if (known === undefined) {
      turn.count('orphan_transaction_message');
      recordEvent(turn, call, 'transaction.orphan', data, { subject, at });
    } else {
      recordEvent(turn, call, 'transaction.updated', data, { subject, at });
    }
    return {};
  },
};

export const meterValues2x: PlainRow<Request2x, Nothing> = {
  answer(turn, call) {
    const { evseId, meterValue } = call.payload;
    const data = { evseId, meterValue: fromMeterValues2x(turn, meterValue) ?? [] };
    recordEvent(turn, call, 'meter.values', data, { at: meterValue.at(-1)?.timestamp });
    return {};
  },
};
