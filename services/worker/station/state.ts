import { stationIdOf, type Connection } from '../../../libs/link/mod.js';
import type { ConnectorStatus, RegistrationStatus } from '../../../libs/api/mod.js';
import type { Version } from '../../../libs/ocpp/mod.js';
import type { Command, OutstandingCommand } from './commands/command.js';
import { eventHead } from './events.js';
import type { Job } from './jobs/mod.js';
import type { CallMessage } from './messages.js';
import type { Transaction } from './transactions/transaction.js';

/** What the actor knows of its station. Never changed in place: a message makes a new one that shares what it keeps. */
export interface StationState extends DurableState, VolatileState {
  readonly stationId: string;
  /** How its events begin: follows from the station id and the incarnation. */
  readonly eventHead: string;
}

/** Survives a restart; every part is bounded (limits.ts). */
export interface DurableState {
  /** Epoch milliseconds of this record's creation: greater than that of any record that the station had before. */
  readonly incarnation: number;
  /** Number of the last event. */
  readonly eventNumber: number;
  readonly registration: Registration;
  /** The connection that business services were last told of, if they were not told that it is gone. */
  readonly announced: AnnouncedConnection | undefined;
  /** That the station spoke last; undefined: it was never connected. */
  readonly lastVersion: Version | undefined;
  /** The transactions that run. */
  readonly live: readonly Transaction[];
  /** Those that do not, encoded (transactions/past.ts): rarely read, so kept small. */
  readonly past: Uint8Array;
  /** The newest first. */
  readonly repeats: readonly Answered[];
  /** The command that the station has to answer now. */
  readonly outstanding: OutstandingCommand | undefined;
  /** In the order in which they were taken. */
  readonly queue: readonly Command[];
  /** Encoded (commands/ended.ts), the newest first. */
  readonly endedCommands: Uint8Array;
  /** What a pending station was told to send. */
  readonly triggers: readonly Trigger[];
  readonly connectors: readonly Connector[];
  readonly jobs: readonly Job[];
  /** RemoteStartTransactions that a 1.6 station was sent for a caller who gave them an id, and may still begin. */
  readonly remoteStarts: readonly RemoteStart[];
}

/** Gone with the process; the edges tell it again. */
export interface VolatileState {
  readonly connection: Connection | undefined;
  /** Ids of connections that lost to a newer one, the newest first. */
  readonly superseded: readonly string[];
  /** CALLs that wait for a decision. */
  readonly asks: readonly PendingAsk[];
  /** Epoch milliseconds until which the announced connection may still be told again by its edge. */
  readonly awaitedUntil: number | undefined;
  /** Epoch milliseconds of the last message from the station's current connection; 0: none yet. */
  readonly lastSeen: number;
  /** Epoch milliseconds at which outcomes that take much room are forgotten. */
  readonly outcomesUntil: number | undefined;
}

/** `none`: no BootNotification has been seen. */
export type Registration = 'none' | RegistrationStatus;

export interface AnnouncedConnection {
  readonly connectionId: string;
  readonly edgeId: string;
  readonly version: Version;
  /** Epoch milliseconds of its opening; later than that of every connection it took over from, whatever their clocks. */
  readonly connectedAt: number;
  /** OCPP security profile, 0 to 3. */
  readonly securityProfile: number;
}

export interface Answered {
  readonly id: string;
  /** Of action and payload (repeats.ts). */
  readonly content: number;
  /** Of the connection, where ids are unique for a connection only; else 0. */
  readonly scope: number;
  readonly at: number;
  /** Payload of the CALLRESULT. */
  readonly answer: string;
}

export interface Trigger {
  /** Message id of the CALL. */
  readonly commandId: string;
  /** The action that the station will send. */
  readonly action: string;
  /** Of a report; undefined: any message with the action. */
  readonly requestId: number | undefined;
  /** Epoch milliseconds. */
  readonly until: number;
}

export interface Connector {
  readonly evseId: number;
  /** 0: the EVSE, or the station, as a whole. */
  readonly connectorId: number;
  readonly status: ConnectorStatus;
}

export interface RemoteStart {
  readonly remoteStartId: number;
  readonly idTag: string;
  /** Undefined: the station chooses. */
  readonly connectorId: number | undefined;
  /** Epoch milliseconds. */
  readonly until: number;
}

export interface PendingAsk {
  readonly askId: string;
  readonly call: CallMessage;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

export const VOLATILE: VolatileState = {
  connection: undefined,
  superseded: [],
  asks: [],
  awaitedUntil: undefined,
  lastSeen: 0,
  outcomesUntil: undefined,
};

export const NO_BYTES = new Uint8Array(0);

/** State of a station that has no record. `key` is its token. */
export function createState(key: string, now: number): StationState {
  const stationId = stationIdOf(key) ?? key;
  return {
    stationId,
    eventHead: eventHead(stationId, now),
    incarnation: now,
    eventNumber: 0,
    registration: 'none',
    announced: undefined,
    lastVersion: undefined,
    live: [],
    past: NO_BYTES,
    repeats: [],
    outstanding: undefined,
    queue: [],
    endedCommands: NO_BYTES,
    triggers: [],
    connectors: [],
    jobs: [],
    remoteStarts: [],
    ...VOLATILE,
  };
}

/** A copy of the state whose fields may be set; their values are shared with the old state and stay as they are. */
export type Draft = { -readonly [K in keyof StationState]: StationState[K] };

/** Field by field: a spread of so many takes ten times as long, and this is done for every message. */
export function draftOf(state: StationState): Draft {
  return {
    stationId: state.stationId,
    eventHead: state.eventHead,
    incarnation: state.incarnation,
    eventNumber: state.eventNumber,
    registration: state.registration,
    announced: state.announced,
    lastVersion: state.lastVersion,
    live: state.live,
    past: state.past,
    repeats: state.repeats,
    outstanding: state.outstanding,
    queue: state.queue,
    endedCommands: state.endedCommands,
    triggers: state.triggers,
    connectors: state.connectors,
    jobs: state.jobs,
    remoteStarts: state.remoteStarts,
    connection: state.connection,
    superseded: state.superseded,
    asks: state.asks,
    awaitedUntil: state.awaitedUntil,
    lastSeen: state.lastSeen,
    outcomesUntil: state.outcomesUntil,
  };
}
