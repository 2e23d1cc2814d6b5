/** Taps that an edge serves at once; a further one is told so. */
export const MOST_TAPS = 100;
/** Bytes of messages of one station that are shown in the long run, and at once. 256 count for each message beside its own. */
export const STATION_BYTES_PER_SECOND = 256 * 1024;
export const STATION_BURST_BYTES = 1024 * 1024;
/** The same of all stations together: looking at messages must not slow the edge. */
export const EDGE_BYTES_PER_SECOND = 4 * 1024 * 1024;
export const EDGE_BURST_BYTES = 8 * 1024 * 1024;
export const MESSAGE_BYTES = 256;
/** The payload of a longer frame is not looked at, and so not shown. */
export const LOOKED_AT_BYTES = 64 * 1024;
/** Characters of a payload that are shown. */
export const SHOWN_CHARACTERS = 16 * 1024;
/** CALLs of one connection in one direction whose answers are waited for; a station has one under way. */
export const MOST_OPEN_CALLS = 64;
/** How often ended leases are looked for. */
export const SWEEP_MS = 1000;
/** Longest lease that is granted. */
export const LONGEST_LEASE_MS = 60_000;
