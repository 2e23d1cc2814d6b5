export { decisionService, type DecisionServiceOptions, type RunningDecisions } from './service.js';
