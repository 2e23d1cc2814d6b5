import { oneCall } from './row.js';

/** 1.6 5.4. */
export const clearCache = oneCall('ClearCache', 'ClearCache', {
  takes: {},
  request: () => ({}),
  response: ({ status }) => ({ status }),
});
