import type { Request, Response } from '../../../../libs/ocpp/mod.js';
import { sameContentAnswered } from '../repeats.js';
import { putTransaction, transactionById } from '../transactions/book.js';
import { fromMeterValues16, registerReading } from '../vocabulary/meter-values.js';
import { stoppedReason16 } from '../vocabulary/places.js';
import { fromIdTagInfo, withIdTagInfo } from '../vocabulary/tokens.js';
import { recordEvent, type DecisionRow } from './row.js';

type StopRequest = Request<'1.6', 'StopTransaction'>;
type StopResponse = Response<'1.6', 'StopTransaction'>;

/** 1.6J 4.10: never refused. The first one ends the transaction; another is answered `{}` and changes nothing. */
export const stopTransaction: DecisionRow<StopRequest, StopResponse> = {
  decision: 'StopTransaction',
  wanted: ({ payload }) => payload.idTag !== undefined,
  idToken: ({ idTag }) => (idTag === undefined ? undefined : { idToken: idTag }),
  repeated(turn, call) {
    const known = transactionById(turn.state, '1.6', String(call.payload.transactionId));
    const repeats = known === undefined ? sameContentAnswered(turn.state, call) : known.endedAt !== undefined;
    return repeats ? {} : undefined;
  },
  fallback: () => ({}),
  complete: (_turn, _call, answer) => withIdTagInfo(answer),
  record(turn, call, answer) {
    const { idTag, meterStop, timestamp, transactionData = [], reason } = call.payload;
    const transactionId = String(call.payload.transactionId);
    const known = transactionById(turn.state, '1.6', transactionId);
    if (known?.endedAt !== undefined) {
      turn.count('repeated_transaction_message');
      return {};
    }
    const data = {
      transactionId,
      evseId: known?.evseId,
      connectorId: known?.connectorId,
      idToken: idTag === undefined ? undefined : { idToken: idTag },
      idTokenInfo: answer.idTagInfo && fromIdTagInfo(answer.idTagInfo),
      meterValue: [
        ...fromMeterValues16(turn, transactionData),
        registerReading(turn, timestamp, meterStop, 'Transaction.End'),
      ],
      stoppedReason: stoppedReason16(reason),
    };
    const about = { subject: transactionId, at: timestamp };
    if (known === undefined) {
      turn.count('orphan_transaction_message');
      recordEvent(turn, call, 'transaction.orphan', data, about);
    } else {
      putTransaction(turn, { ...known, endedAt: turn.now });
      recordEvent(turn, call, 'transaction.ended', data, about);
    }
    return answer;
  },
};
