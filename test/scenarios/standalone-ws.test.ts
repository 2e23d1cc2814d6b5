import { inProcess } from '../topology/standalone.js';
import { SCENARIOS } from './all.js';
import { runScenarios } from './scenario.js';

// The fallback for machines on which the native uWebSockets.js does not load.
runScenarios('standalone over ws', inProcess('ws'), SCENARIOS);
