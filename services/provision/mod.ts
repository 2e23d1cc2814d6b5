export { provision, type ProvisionResult } from './provision.js';
export { readStations, stationsOf, type StationEntry } from './stations-file.js';
