export { stationService, type StationServiceOptions } from './service.js';
