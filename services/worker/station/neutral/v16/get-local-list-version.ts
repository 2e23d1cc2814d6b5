import { oneCall } from './row.js';

/** 1.6 5.10: -1 when local lists are not supported; 2.1 has 0 for a station without a list. */
export const getLocalListVersion = oneCall('GetLocalListVersion', 'GetLocalListVersion', {
  notes: ['listVersion becomes the versionNumber; -1 (no local lists) is told as 0 (no list).'],
  takes: {},
  request: () => ({}),
  response: ({ listVersion }) => ({ versionNumber: Math.max(0, listVersion) }),
});
