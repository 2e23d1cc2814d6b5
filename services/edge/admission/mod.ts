export { Admissions } from './admissions.js';
