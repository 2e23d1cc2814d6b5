/**
 * Whether a transaction runs at a station after this CALL of it, as far as its messages tell, each of which has a valid payload. A
 * hint for the order in which stations are told to go: of a station with several connectors it holds what the last message said,
 * and of one that has just come back, what it has said since.
 */
export function runsAfter(running: boolean, action: string, payload: unknown): boolean {
  switch (action) {
    case 'MeterValues':
      return running || (payload as { readonly transactionId?: number }).transactionId !== undefined;
    case 'TransactionEvent':
      return (payload as { readonly eventType: string }).eventType !== 'Ended';
    case 'StartTransaction':
      return true;
    case 'StopTransaction':
      return false;
    default:
      return running;
  }
}
