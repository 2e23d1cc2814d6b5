export { provision } from './provision.js';
export { readStations } from './stations-file.js';
