import { inProcess } from '../topology/standalone.js';
import { SCENARIOS } from './all.js';
import { runScenarios } from './scenario.js';

runScenarios('standalone', inProcess('uws'), SCENARIOS);
