export { stationIdOf } from './requests.js';
export { stationService, type StationServiceOptions } from './service.js';
