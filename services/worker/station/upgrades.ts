import { VERSIONS } from '../../../libs/ocpp/mod.js';
import { encodeEnded, UNKNOWN } from './commands/ended.js';

/** Makes a record of one format from one of the format before. */
export type Upgrade = (record: readonly unknown[]) => readonly unknown[];

/** `UPGRADES[n - 1]` makes a record of format `n + 1` from one of format `n`. */
export const UPGRADES: readonly Upgrade[] = [fromFormat1];

/**
 * Format 2: commands keep their payload instead of the CALL, and what durable and neutral ones need; ended ones more than
 * their ids; a connection its security profile; and the version that the station spoke last, jobs and remote starts.
 */
function fromFormat1(record: readonly unknown[]): readonly unknown[] {
  const [, incarnation, eventNumber, registration, announced, live, past, repeats] = record;
  const [outstanding, queue, endedIds, triggers, connectors, outbox] = record.slice(8);
  const connection = announced as unknown[] | null;
  const ended = (endedIds as string[]).map((commandId) => ({
    commandId,
    content: 0,
    action: '',
    ending: UNKNOWN,
    takenAt: 0,
    at: 0,
    outcome: undefined,
  }));
  return [
    2,
    incarnation,
    eventNumber,
    registration,
    connection && [...connection, 0],
    live,
    past,
    repeats,
    outstanding && outstanding1(outstanding as Command1),
    (queue as Command1[]).map((command) => command1(command, null)),
    encodeEnded(ended),
    triggers,
    connectors,
    outbox,
    connection?.[2] ?? null,
    [],
    [],
  ];
}

type Command1 = readonly [
  commandId: string,
  action: string,
  version: number,
  frame: string,
  timeoutMs: number,
  reply: string,
  expiresAt: number,
  connectionId?: string,
  deadline?: number,
];

function outstanding1(command: Command1): readonly unknown[] {
  const [commandId, action, version, , , , , connectionId, deadline] = command;
  const begun = [version, commandId, action, null, [], connectionId, 1, 0, deadline];
  return command1(command, begun);
}

function command1(command: Command1, begun: readonly unknown[] | null): readonly unknown[] {
  const [commandId, action, version, frame, timeoutMs, reply, expiresAt] = command;
  const payload = JSON.stringify((JSON.parse(frame) as unknown[])[3]);
  // It had passed the schema of its version, and was for no other: in TERMS, versions stand after own and neutral.
  const terms = VERSIONS[version] === undefined ? 0 : version + 2;
  const takenAt = expiresAt - timeoutMs;
  return [
    commandId,
    action,
    terms,
    payload,
    0,
    version,
    timeoutMs,
    [reply],
    takenAt,
    expiresAt,
    null,
    0,
    begun,
  ];
}
