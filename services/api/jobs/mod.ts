export { jobMethods, type JobMethods, type JobMethodsOptions } from './methods.js';
