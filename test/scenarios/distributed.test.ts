import { distributed } from '../topology/distributed.js';
import { SCENARIOS } from './all.js';
import { runScenarios } from './scenario.js';

runScenarios('distributed', distributed, SCENARIOS);
