import { AUTOMATIC } from './automatic.js';
import { CERTIFICATES } from './certificates.js';
import { COMMAND_SCENARIOS } from './commands.js';
import { DECISIONS } from './decisions.js';
import { DEFAULTS } from './defaults.js';
import { ERRORS } from './errors.js';
import { HANDSHAKES } from './handshakes.js';
import { IN_FLIGHT } from './in-flight.js';
import { LIMITS } from './limits.js';
import { RECONNECTION } from './reconnection.js';
import { REGISTRATION } from './registration.js';
import { REPEATS } from './repeats.js';
import { RESTARTS } from './restarts.js';
import type { Scenario } from './scenario.js';
import { SESSIONS } from './sessions.js';

/** Everything that must hold on every topology. */
export const SCENARIOS: readonly Scenario[] = [
  ...HANDSHAKES,
  ...CERTIFICATES,
  ...SESSIONS,
  ...AUTOMATIC,
  ...DEFAULTS,
  ...ERRORS,
  ...REGISTRATION,
  ...REPEATS,
  ...RECONNECTION,
  ...COMMAND_SCENARIOS,
  ...IN_FLIGHT,
  ...DECISIONS,
  ...LIMITS,
  ...RESTARTS,
];
