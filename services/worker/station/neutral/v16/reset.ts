import { Only } from '../takes.js';
import { oneCall } from './row.js';

/** 1.6 5.14. */
export const reset = oneCall('Reset', 'Reset', {
  notes: [
    'Immediate becomes Hard, OnIdle becomes Soft. A 1.6 station does not wait until it is idle: on Soft it ends its transactions in order, then restarts.',
    'The whole station only.',
  ],
  takes: { type: true, evseId: new Only(0) },
  request: ({ type }, no) => ({
    type: no.choice('/type', type, { Immediate: 'Hard', OnIdle: 'Soft' } as const) ?? 'Soft',
  }),
  response: ({ status }) => ({ status }),
});
