/** Commands in the terms of OCPP 2.1 for a station of any version. Pure: no I/O, no clock. */
export { nextStep } from './next-step.js';
export type { Exchange, Step } from './step.js';
export { NEUTRAL_TABLE, type NeutralRow, type Translation } from './neutral-table.js';
export { CONFIGURATION_KEYS, OTHER_KEYS, type ConfigurationKey } from './v16/configuration-keys.js';
