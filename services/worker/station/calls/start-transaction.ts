import { parseTimestamp, type Request, type Response } from '../../../../libs/ocpp/mod.js';
import { takeRemoteStart } from '../remote-starts.js';
import { findTransaction, putTransaction } from '../transactions/book.js';
import type { Transaction16 } from '../transactions/transaction.js';
import type { StationState } from '../state.js';
import { registerReading } from '../vocabulary/meter-values.js';
import { fromConnector16 } from '../vocabulary/places.js';
import { fromIdTagInfo, withIdTagInfo, type IdTagInfo } from '../vocabulary/tokens.js';
import { recordEvent, type DecisionRow } from './row.js';

type StartRequest = Request<'1.6', 'StartTransaction'>;
type StartResponse = Response<'1.6', 'StartTransaction'>;

/** Stands for the id until it is given. */
const NO_ID = 0;

/** 1.6J 4.8, 5.11: always answered with a transactionId, whatever the decision about the token. */
export const startTransaction: DecisionRow<StartRequest, StartResponse> = {
  decision: 'StartTransaction',
  idToken: ({ idTag }) => ({ idToken: idTag }),
  repeated(turn, { payload }) {
    const known = sameStart(turn.state, payload);
    return known && answerOf(known);
  },
  fallback: () => ({ transactionId: NO_ID, idTagInfo: { status: 'Invalid' } }),
  complete: (_turn, _call, answer) => ({ ...withIdTagInfo(answer), transactionId: NO_ID }),
  record(turn, call, { idTagInfo }) {
    const { payload } = call;
    const known = sameStart(turn.state, payload);
    if (known !== undefined) {
      turn.count('repeated_transaction_message');
      return answerOf(known);
    }
    const { connectorId, idTag, timestamp, meterStart, reservationId } = payload;
    const transactionId = turn.context.uniqueNumber();
    const place = fromConnector16(connectorId);
    putTransaction(turn, {
      family: '1.6',
      id: String(transactionId),
      evseId: place.evseId,
      connectorId: place.connectorId,
      startedAt: turn.now,
      endedAt: undefined,
      idTag,
      timestamp,
      meterStart,
      idTagInfo: JSON.stringify(idTagInfo),
    });
    const data = {
      transactionId: String(transactionId),
      ...place,
      idToken: { idToken: idTag },
      idTokenInfo: fromIdTagInfo(idTagInfo),
      meterValue: [registerReading(turn, timestamp, meterStart, 'Transaction.Begin')],
      remoteStartId: takeRemoteStart(turn, idTag, connectorId),
      reservationId,
    };
    recordEvent(turn, call, 'transaction.started', data, { subject: data.transactionId, at: timestamp });
    return { transactionId, idTagInfo };
  },
};

const answerOf = (known: Transaction16): StartResponse => ({
  transactionId: Number(known.id),
  idTagInfo: JSON.parse(known.idTagInfo) as IdTagInfo,
});

/** The transaction that this very StartTransaction began. */
function sameStart(state: StationState, request: StartRequest): Transaction16 | undefined {
  const { connectorId, idTag, timestamp, meterStart } = request;
  return findTransaction(
    state,
    '1.6',
    (one) =>
      one.idTag === idTag &&
      one.meterStart === meterStart &&
      one.evseId === connectorId &&
      isSameTime(one.timestamp, timestamp),
  );
}

/** The same instant, however it is written; or the same text, where it cannot be read. */
function isSameTime(one: string, other: string): boolean {
  if (one === other) return true;
  const at = parseTimestamp(one)?.at;
  return at !== undefined && at === parseTimestamp(other)?.at;
}
