export { StationConnection } from './connection.js';
export type { ConnectionContext, Published, Route } from './context.js';
