import { Packr } from 'msgpackr';
import { stationIdOf } from '../../../libs/link/mod.js';
import { VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import type { EventType } from '../../../libs/api/mod.js';
import type { CommandOutcome, StationEffect } from './effects.js';
import {
  VOLATILE,
  type AnnouncedConnection,
  type Answered,
  type Command,
  type Connector,
  type OutstandingCommand,
  type Registration,
  type StationState,
  type Trigger,
} from './state.js';
import { packTransaction, unpackTransaction } from './transactions/codec.js';

/**
 * The record of a station: a msgpack array without records or keys, its format's number first. Written at every commit,
 * so small and flat.
 */

/** Raised with every change of what `pack` makes; the step from the format before it goes into UPGRADES. */
const FORMAT = 1;

/** `UPGRADES[n - 1]` makes a record of format `n + 1` from one of format `n`. */
const UPGRADES: readonly Upgrade[] = [];

export type Upgrade = (record: readonly unknown[]) => readonly unknown[];

const REGISTRATIONS: readonly Registration[] = ['none', 'Pending', 'Accepted', 'Rejected'];
const CONNECTOR_STATUSES: readonly Connector['status'][] = [
  'Available',
  'Occupied',
  'Reserved',
  'Unavailable',
  'Faulted',
];
const packr = new Packr({ useRecords: false });

export function encodeState(state: StationState, outbox: readonly StationEffect[]): Uint8Array {
  const { announced, outstanding, connectors } = state;
  return packr.pack([
    FORMAT,
    state.incarnation,
    state.eventNumber,
    REGISTRATIONS.indexOf(state.registration),
    announced === undefined ? null : packAnnounced(announced),
    state.live.map(packTransaction),
    state.past,
    state.repeats.map(({ id, content, scope, at, answer }) => [id, content, scope, at, answer]),
    outstanding === undefined
      ? null
      : [...packCommand(outstanding), outstanding.connectionId, outstanding.deadline],
    state.queue.map(packCommand),
    state.endedCommands,
    state.triggers.map(({ commandId, action, requestId, until }) => [
      commandId,
      action,
      requestId ?? null,
      until,
    ]),
    connectors.map((one) => [one.evseId, one.connectorId, CONNECTOR_STATUSES.indexOf(one.status)]),
    outbox.map(packEffect),
  ]);
}

/** @throws Error for bytes that are no record, or one of a newer gateway. */
export function decodeState(
  bytes: Uint8Array,
  key: string,
): { state: StationState; outbox: StationEffect[] } {
  const record = upgraded(packr.unpack(bytes), UPGRADES, FORMAT);
  const incarnation = record[1] as number;
  const announced = record[4] as unknown[] | null;
  const outstanding = record[8] as unknown[] | null;
  const state: StationState = {
    stationId: stationIdOf(key) ?? key,
    incarnation,
    eventNumber: record[2] as number,
    registration: REGISTRATIONS[record[3] as number] ?? 'none',
    announced: announced ? unpackAnnounced(announced) : undefined,
    live: (record[5] as unknown[][]).map(unpackTransaction),
    // A copy: the record's bytes need not stay in memory for it.
    past: new Uint8Array(record[6] as Uint8Array),
    repeats: (record[7] as unknown[][]).map(unpackAnswered),
    outstanding: outstanding ? unpackOutstanding(outstanding) : undefined,
    queue: (record[9] as unknown[][]).map(unpackCommand),
    endedCommands: record[10] as string[],
    triggers: (record[11] as unknown[][]).map(unpackTrigger),
    connectors: (record[12] as [number, number, number][]).map(([evseId, connectorId, status]) => ({
      evseId,
      connectorId,
      status: CONNECTOR_STATUSES[status] ?? 'Unavailable',
    })),
    ...VOLATILE,
  };
  return { state, outbox: (record[13] as unknown[][]).map((one) => unpackEffect(one, incarnation)) };
}

/** The record in format `format`, by as many steps as it takes. */
export function upgraded(record: unknown, upgrades: readonly Upgrade[], format: number): readonly unknown[] {
  const from: unknown = Array.isArray(record) ? record[0] : undefined;
  if (typeof from !== 'number' || !(from >= 1)) throw new Error('not the record of a station');
  if (from > format) {
    throw new Error(
      `the record has format ${from}, this gateway reads formats up to ${format}: use a newer one`,
    );
  }
  return upgrades.slice(from - 1).reduce((older, upgrade) => upgrade(older), record as readonly unknown[]);
}

const versionAt = (index: unknown): Version => VERSIONS[index as number] ?? '1.6';

function packAnnounced({ connectionId, edgeId, version, connectedAt }: AnnouncedConnection): unknown[] {
  return [connectionId, edgeId, VERSIONS.indexOf(version), connectedAt];
}

function unpackAnnounced(fields: readonly unknown[]): AnnouncedConnection {
  return {
    connectionId: fields[0] as string,
    edgeId: fields[1] as string,
    version: versionAt(fields[2]),
    connectedAt: fields[3] as number,
  };
}

function packCommand(command: Command): unknown[] {
  const { commandId, action, version, frame, timeoutMs, reply, expiresAt } = command;
  return [commandId, action, VERSIONS.indexOf(version), frame, timeoutMs, reply, expiresAt];
}

function unpackCommand(fields: readonly unknown[]): Command {
  return {
    commandId: fields[0] as string,
    action: fields[1] as string,
    version: versionAt(fields[2]),
    frame: fields[3] as string,
    timeoutMs: fields[4] as number,
    reply: fields[5] as string,
    expiresAt: fields[6] as number,
  };
}

function unpackOutstanding(fields: readonly unknown[]): OutstandingCommand {
  return {
    ...unpackCommand(fields),
    connectionId: fields[7] as string,
    deadline: fields[8] as number,
  };
}

function unpackAnswered(fields: readonly unknown[]): Answered {
  return {
    id: fields[0] as string,
    content: fields[1] as number,
    scope: fields[2] as number,
    at: fields[3] as number,
    answer: fields[4] as string,
  };
}

function unpackTrigger(fields: readonly unknown[]): Trigger {
  return {
    commandId: fields[0] as string,
    action: fields[1] as string,
    requestId: (fields[2] ?? undefined) as number | undefined,
    until: fields[3] as number,
  };
}

/** Only durable effects are kept. Events are of the record's own incarnation. */
function packEffect(effect: StationEffect): unknown[] {
  switch (effect.type) {
    case 'event':
      return [0, effect.number, effect.eventType, effect.json];
    case 'answer':
      return [1, effect.reply, JSON.stringify(effect.outcome)];
    default:
      throw new Error(`the effect '${effect.type}' is not durable`);
  }
}

function unpackEffect(fields: readonly unknown[], incarnation: number): StationEffect {
  return fields[0] === 0
    ? {
        type: 'event',
        incarnation,
        number: fields[1] as number,
        eventType: fields[2] as EventType,
        json: fields[3] as Uint8Array,
      }
    : {
        type: 'answer',
        reply: fields[1] as string,
        outcome: JSON.parse(fields[2] as string) as CommandOutcome,
      };
}
