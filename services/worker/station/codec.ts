import { Packr } from 'msgpackr';
import { MsgpackWriter, stationIdOf } from '../../../libs/link/mod.js';
import { VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import type { CommandOutcome, EventType } from '../../../libs/api/mod.js';
import { unpackCommand, unpackOutstanding, writeCommand, writeWaiting } from './commands/codec.js';
import type { StationEffect } from './effects.js';
import { eventHead } from './events.js';
import { unpackJob, writeJob } from './jobs/mod.js';
import {
  VOLATILE,
  type AnnouncedConnection,
  type Answered,
  type Connector,
  type Registration,
  type RemoteStart,
  type StationState,
  type Trigger,
} from './state.js';
import { unpackTransaction, writeTransaction } from './transactions/codec.js';
import { UPGRADES, type Upgrade } from './upgrades.js';

/**
 * The record of a station: a msgpack array without records or keys, its format's number first. Written at every commit,
 * so small and flat.
 */

/** Raised with every change of what `encodeState` makes; the step from the format before it goes into upgrades.ts. */
const FORMAT = 2;

const REGISTRATIONS: readonly Registration[] = ['none', 'Pending', 'Accepted', 'Rejected'];
const CONNECTOR_STATUSES: readonly Connector['status'][] = [
  'Available',
  'Occupied',
  'Reserved',
  'Unavailable',
  'Faulted',
];
const packr = new Packr({ useRecords: false });
const writer = new MsgpackWriter();

export function encodeState(state: StationState, outbox: readonly StationEffect[]): Uint8Array {
  const { announced, outstanding } = state;
  writer.begin().array(17).number(FORMAT).number(state.incarnation).number(state.eventNumber);
  writer.number(REGISTRATIONS.indexOf(state.registration));
  if (announced === undefined) writer.nil();
  else writeAnnounced(writer, announced);
  writer.each(state.live, writeTransaction).bytes(state.past).each(state.repeats, writeAnswered);
  if (outstanding === undefined) writer.nil();
  else writeCommand(writer, outstanding);
  return writer
    .each(state.queue, writeWaiting)
    .bytes(state.endedCommands)
    .each(state.triggers, writeTrigger)
    .each(state.connectors, writeConnector)
    .each(outbox, writeEffect)
    .optional(state.lastVersion && VERSIONS.indexOf(state.lastVersion))
    .each(state.jobs, writeJob)
    .each(state.remoteStarts, writeRemoteStart)
    .take();
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
  const stationId = stationIdOf(key) ?? key;
  const state: StationState = {
    stationId,
    eventHead: eventHead(stationId, incarnation),
    incarnation,
    eventNumber: record[2] as number,
    registration: REGISTRATIONS[record[3] as number] ?? 'none',
    announced: announced ? unpackAnnounced(announced) : undefined,
    lastVersion: record[14] === null ? undefined : versionAt(record[14]),
    live: (record[5] as unknown[][]).map(unpackTransaction),
    // Copies: the record's bytes need not stay in memory for them.
    past: new Uint8Array(record[6] as Uint8Array),
    repeats: (record[7] as unknown[][]).map(unpackAnswered),
    outstanding: outstanding ? unpackOutstanding(outstanding) : undefined,
    queue: (record[9] as unknown[][]).map(unpackCommand),
    endedCommands: new Uint8Array(record[10] as Uint8Array),
    triggers: (record[11] as unknown[][]).map(unpackTrigger),
    connectors: (record[12] as [number, number, number][]).map(([evseId, connectorId, status]) => ({
      evseId,
      connectorId,
      status: CONNECTOR_STATUSES[status] ?? 'Unavailable',
    })),
    jobs: (record[15] as unknown[][]).map(unpackJob),
    remoteStarts: (record[16] as unknown[][]).map(unpackRemoteStart),
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

function writeAnnounced(to: MsgpackWriter, announced: AnnouncedConnection): void {
  const { connectionId, edgeId, version, connectedAt, securityProfile } = announced;
  to.array(5).text(connectionId).text(edgeId).number(VERSIONS.indexOf(version));
  to.number(connectedAt).number(securityProfile);
}

function unpackAnnounced(fields: readonly unknown[]): AnnouncedConnection {
  return {
    connectionId: fields[0] as string,
    edgeId: fields[1] as string,
    version: versionAt(fields[2]),
    connectedAt: fields[3] as number,
    securityProfile: fields[4] as number,
  };
}

function writeAnswered(to: MsgpackWriter, { id, content, scope, at, answer }: Answered): void {
  to.array(5).text(id).number(content).number(scope).number(at).text(answer);
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

function writeTrigger(to: MsgpackWriter, { commandId, action, requestId, until }: Trigger): void {
  to.array(4).text(commandId).text(action).optional(requestId).number(until);
}

function unpackTrigger(fields: readonly unknown[]): Trigger {
  return {
    commandId: fields[0] as string,
    action: fields[1] as string,
    requestId: (fields[2] ?? undefined) as number | undefined,
    until: fields[3] as number,
  };
}

function writeConnector(to: MsgpackWriter, { evseId, connectorId, status }: Connector): void {
  to.array(3).number(evseId).number(connectorId).number(CONNECTOR_STATUSES.indexOf(status));
}

function writeRemoteStart(to: MsgpackWriter, remoteStart: RemoteStart): void {
  const { remoteStartId, idTag, connectorId, until } = remoteStart;
  to.array(4).number(remoteStartId).text(idTag).optional(connectorId).number(until);
}

function unpackRemoteStart(fields: readonly unknown[]): RemoteStart {
  return {
    remoteStartId: fields[0] as number,
    idTag: fields[1] as string,
    connectorId: (fields[2] ?? undefined) as number | undefined,
    until: fields[3] as number,
  };
}

/** Only durable effects are kept. Events are of the record's own incarnation. */
function writeEffect(to: MsgpackWriter, effect: StationEffect): void {
  switch (effect.type) {
    case 'event':
      to.array(4).number(0).number(effect.number).text(effect.eventType).bytes(effect.json);
      return;
    case 'answer':
      to.array(3).number(1).text(effect.reply).text(JSON.stringify(effect.outcome));
      return;
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
