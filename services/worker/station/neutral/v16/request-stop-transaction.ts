import { oneCall } from './row.js';
import { transactionIdOf } from './transaction-id.js';

/** 1.6 5.12. */
export const requestStopTransaction = oneCall('RequestStopTransaction', 'RemoteStopTransaction', {
  notes: ['transactionId must be the number that the gateway gave, as text.'],
  takes: { transactionId: true },
  request: ({ transactionId }, no) => ({
    transactionId: transactionIdOf('/transactionId', transactionId, no),
  }),
  response: ({ status }) => ({ status }),
});
