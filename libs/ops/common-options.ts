import { LOG_LEVELS } from './logger.js';
import { types } from './option-types.js';
import { optionTable, type Option } from './options.js';

/** Who may enter, as far as no file says: `open` is for trying out only. */
export type Mode = 'open' | 'provisioned';

/** `--mode`; what each of the two means is the program's to say. */
export function modeOption(about: { readonly default: Mode; readonly help: string }): Option<Mode> {
  return {
    env: 'STATIONMASTER_MODE',
    flag: 'mode',
    type: types.choice(['open', 'provisioned']),
    topic: 'Who may enter',
    ...about,
  };
}

export const LOG_OPTIONS = optionTable({
  logLevel: {
    env: 'STATIONMASTER_LOG_LEVEL',
    flag: 'log-level',
    type: types.choice(LOG_LEVELS),
    default: 'info',
    help: 'Lowest level that is logged. Logs are JSON lines on stdout.',
    topic: 'Operation',
  },
});

/** What every service has: its ops port and its log. */
export const OPERATION_OPTIONS = optionTable({
  opsHost: {
    env: 'STATIONMASTER_OPS_HOST',
    flag: 'ops-host',
    type: types.string({ name: 'address' }),
    default: '0.0.0.0',
    help: 'Address of /healthz, /readyz and /metrics.',
    topic: 'Operation',
  },
  opsPort: {
    env: 'STATIONMASTER_OPS_PORT',
    flag: 'ops-port',
    type: types.port,
    default: 9222,
    help: 'Port of /healthz, /readyz and /metrics.',
    topic: 'Operation',
  },
  ...LOG_OPTIONS,
});
