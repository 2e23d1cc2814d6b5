import type { ConnectionEnd } from '../connection.js';
import type {
  Observer,
  ReceivedCommand,
  RegistrationStatus,
  SentCall,
  TransactionMoment,
} from '../observer.js';
import type { CallOutcome, PeerFault } from '../outcomes.js';
import type { Transaction, TransactionMessage } from '../transaction.js';

/** One transmission of a CALL and how it ended; `outcome` is undefined while the answer is awaited. */
export interface RecordedCall extends SentCall {
  outcome: CallOutcome | undefined;
}

/** A transaction with every message that was sent for it, in the order of their first transmission. */
export interface RecordedTransaction {
  readonly transaction: Transaction;
  readonly messages: TransactionMessage[];
}

/**
 * An observer that keeps everything: what its stations sent and what was answered. That is a checker's other side of
 * the story. For tests: it grows without end.
 */
export class Recorder implements Observer {
  readonly calls: RecordedCall[] = [];
  readonly commands: ReceivedCommand[] = [];
  readonly transactions: RecordedTransaction[] = [];
  readonly opened: string[] = [];
  readonly ends: { readonly stationId: string; readonly end: ConnectionEnd }[] = [];
  readonly registrations: { readonly stationId: string; readonly status: RegistrationStatus }[] = [];
  readonly faults: { readonly stationId: string; readonly fault: PeerFault }[] = [];
  readonly sends: { readonly stationId: string; readonly action: string; readonly payload: object }[] = [];
  readonly #byCall = new Map<SentCall, RecordedCall>();
  readonly #byTransaction = new Map<Transaction, RecordedTransaction>();

  /** The transmissions of one station, or of all. */
  callsOf(stationId?: string, action?: string): RecordedCall[] {
    return this.calls.filter(
      (call) => (stationId ?? call.stationId) === call.stationId && (action ?? call.action) === call.action,
    );
  }

  onOpen(stationId: string): void {
    this.opened.push(stationId);
  }

  onEnd(stationId: string, end: ConnectionEnd): void {
    this.ends.push({ stationId, end });
  }

  onRegistration(stationId: string, status: RegistrationStatus): void {
    this.registrations.push({ stationId, status });
  }

  onCall(call: SentCall): void {
    const record: RecordedCall = { ...call, outcome: undefined };
    this.calls.push(record);
    this.#byCall.set(call, record);
    if (call.message !== undefined) this.#keep(call.message);
  }

  onAnswer(call: SentCall, outcome: CallOutcome): void {
    const record = this.#byCall.get(call);
    if (record !== undefined) record.outcome = outcome;
    this.#byCall.delete(call);
  }

  onSend(stationId: string, action: string, payload: object): void {
    this.sends.push({ stationId, action, payload });
  }

  onCommand(command: ReceivedCommand): void {
    this.commands.push(command);
  }

  onTransaction(transaction: Transaction, moment: TransactionMoment): void {
    if (moment !== 'started') return;
    const record: RecordedTransaction = { transaction, messages: [] };
    this.transactions.push(record);
    this.#byTransaction.set(transaction, record);
  }

  onFault(stationId: string, fault: PeerFault): void {
    this.faults.push({ stationId, fault });
  }

  #keep(message: TransactionMessage): void {
    if (message.sentAs.length > 1) return;
    this.#byTransaction.get(message.transaction)?.messages.push(message);
  }
}
