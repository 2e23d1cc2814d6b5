export { StationConnection } from './connection.js';
export type { ConnectionContext, Route, Totals } from './context.js';
