import type { TransactionReported } from '../../../../libs/api/mod.js';
import { parseTimestamp, type Request, type Response } from '../../../../libs/ocpp/mod.js';
import type { Sparse } from '../events.js';
import { putTransaction, transactionById } from '../transactions/book.js';
import {
  answerOf,
  extend,
  isComplete,
  judge,
  missing,
  NO_SEQUENCE,
  skippedBy,
  withAnswer,
  type Sequence,
  type SequenceMessage,
} from '../transactions/sequence.js';
import type { Transaction2x } from '../transactions/transaction.js';
import type { Turn } from '../turn.js';
import { fromMeterValues2x } from '../vocabulary/meter-values.js';
import { recordEvent, type Call, type DecisionRow } from './row.js';

type EventRequest = Request<'2.0.1', 'TransactionEvent'> | Request<'2.1', 'TransactionEvent'>;
type EventResponse = Response<'2.0.1', 'TransactionEvent'>;

/** 2.x E01 to E15: always answered and never refused, in any order and however late. */
export const transactionEvent: DecisionRow<EventRequest, EventResponse> = {
  decision: 'TransactionEvent',
  wanted: ({ payload }) => payload.idToken !== undefined,
  idToken: ({ idToken }) => idToken && { idToken: idToken.idToken, type: idToken.type },
  repeated(turn, { payload }) {
    const known = transactionById(turn.state, '2.x', payload.transactionInfo.transactionId);
    if (known === undefined) return undefined;
    const message = messageOf(payload);
    if (judge(known.sequence, message) !== 'repeat') return undefined;
    const answer = answerOf(known.sequence, message);
    if (answer !== undefined) return JSON.parse(answer) as EventResponse;
    return payload.idToken === undefined ? {} : undefined;
  },
  fallback: (_turn, { payload }) => undecided(payload),
  complete: (_turn, { payload }, answer) => ({ ...undecided(payload), ...answer }),
  record(turn, call, answer) {
    const message = messageOf(call.payload);
    const id = call.payload.transactionInfo.transactionId;
    let known = transactionById(turn.state, '2.x', id);
    if (known !== undefined) {
      const verdict = judge(known.sequence, message);
      if (verdict === 'repeat') {
        turn.count('repeated_transaction_message');
        return answer;
      }
      if (verdict === 'reused') turn.count('sequence_reused');
      if (beginsAnew(known.sequence, message)) known = undefined;
    }
    const before = known?.sequence ?? NO_SEQUENCE;
    const after = rememberAnswer(extend(before, message), message, answer);
    const transaction = put(turn, call, known, after);
    const type = eventTypeOf(before, message);
    const data = reported(turn, call, transaction, answer, known?.endedAt !== undefined);
    const about = { subject: id, at: call.payload.timestamp };
    recordEvent(turn, call, type, data, about);
    const skipped = skippedBy(before, message);
    if (skipped !== undefined) {
      turn.count('sequence_gap');
      recordEvent(
        turn,
        call,
        'transaction.gap',
        { transactionId: id, skipped, missing: missing(after) },
        about,
      );
    }
    return answer;
  },
};

/** A token is always answered (E01.FR.12). */
const undecided = ({ idToken }: EventRequest): EventResponse =>
  idToken === undefined ? {} : { idTokenInfo: { status: 'Unknown' } };

function messageOf({ seqNo, eventType, timestamp }: EventRequest): SequenceMessage {
  return { seqNo, eventType, timestamp, at: parseTimestamp(timestamp)?.at ?? -Infinity };
}

/** A station that gives an old id to a new transaction: its Started message is younger than all that came. */
const beginsAnew = ({ first, latest }: Sequence, { eventType, at }: SequenceMessage): boolean =>
  eventType === 'Started' && first !== undefined && at > latest;

/** A transaction starts once and ends once; whatever else comes updates it. */
function eventTypeOf({ first, last }: Sequence, { eventType }: SequenceMessage) {
  if (eventType === 'Started' && first === undefined) return 'transaction.started';
  if (eventType === 'Ended' && last === undefined) return 'transaction.ended';
  return 'transaction.updated';
}

function rememberAnswer(sequence: Sequence, message: SequenceMessage, answer: EventResponse): Sequence {
  return Object.keys(answer).length === 0 ? sequence : withAnswer(sequence, message, JSON.stringify(answer));
}

function put(
  turn: Turn,
  { payload }: Call<EventRequest>,
  known: Transaction2x | undefined,
  sequence: Sequence,
): Transaction2x {
  const transaction: Transaction2x = {
    family: '2.x',
    id: payload.transactionInfo.transactionId,
    evseId: payload.evse?.id ?? known?.evseId,
    connectorId: payload.evse?.connectorId ?? known?.connectorId,
    startedAt: known?.startedAt ?? turn.now,
    endedAt: known?.endedAt ?? (sequence.last === undefined ? undefined : turn.now),
    sequence,
  };
  putTransaction(turn, transaction);
  return transaction;
}

function reported(
  turn: Turn,
  { payload }: Call<EventRequest>,
  { evseId, connectorId, sequence }: Transaction2x,
  answer: EventResponse,
  late: boolean,
): Sparse<TransactionReported> {
  const { transactionInfo: info, eventType, idToken, seqNo, triggerReason, offline, reservationId } = payload;
  const holes = missing(sequence);
  return {
    transactionId: info.transactionId,
    evseId,
    connectorId,
    idToken: idToken && { idToken: idToken.idToken, type: idToken.type },
    idTokenInfo: answer.idTokenInfo,
    meterValue: fromMeterValues2x(turn, payload.meterValue),
    triggerReason,
    chargingState: info.chargingState,
    stoppedReason: info.stoppedReason ?? (eventType === 'Ended' ? 'Local' : undefined),
    remoteStartId: info.remoteStartId,
    reservationId,
    seqNo,
    offline,
    late: late || undefined,
    missing: holes.length > 0 ? holes : undefined,
    complete: sequence.last === undefined ? undefined : isComplete(sequence),
  };
}
