export { StationConnection } from './connection.js';
export type { ConnectionContext, Published, Route, Totals } from './context.js';
