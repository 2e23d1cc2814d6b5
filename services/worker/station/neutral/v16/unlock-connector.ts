import { notSupported } from '../outcomes.js';
import { singleConnectorOf } from './places.js';
import { oneCall, type Response21 } from './row.js';

/** 1.6 5.18. */
export const unlockConnector = oneCall('UnlockConnector', 'UnlockConnector', {
  notes: [
    'evseId becomes the connectorId; connectorId must be 1. A transaction there ends.',
    'NotSupported is told as UnlockFailed: nothing was unlocked, and 1.6 does not say whether there is no lock or no such connector.',
  ],
  takes: { evseId: true, connectorId: true },
  request: ({ evseId, connectorId }, no) => ({
    connectorId: singleConnectorOf({ id: evseId, connectorId }, no, {
      id: '/evseId',
      connectorId: '/connectorId',
    }),
  }),
  response: ({ status }): Response21<'UnlockConnector'> =>
    status === 'NotSupported'
      ? {
          status: 'UnlockFailed',
          statusInfo: notSupported('NotSupported: the connector has no lock, or there is no such connector'),
        }
      : { status },
});
