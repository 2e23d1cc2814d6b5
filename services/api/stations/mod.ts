export { stationService, type StationServiceOptions } from './service.js';
export type { CommandSender, DurableCommand } from './command-sender.js';
