import { randomUUID } from 'node:crypto';
import type { Bus, BusMessage, Subscription } from '../../libs/bus/mod.js';
import { encodeUp, shardOf, stationIdOf, subjects, subjectToken } from '../../libs/link/mod.js';
import type { CommandOutcome } from './station/mod.js';

/** Answers the caller of a command. An outcome larger than the bus carries becomes an error that says so. */
export function answerCommand(bus: Bus, reply: string, outcome: CommandOutcome): void {
  const data = Buffer.from(JSON.stringify(outcome));
  bus.publish(reply, data.length <= bus.maxPayload ? data : TOO_LARGE);
}

const TOO_LARGE = Buffer.from(
  JSON.stringify({
    status: 'error',
    code: 'InternalError',
    description: "the station's answer is larger than the bus carries; ask for less at once",
    details: {},
  } satisfies CommandOutcome),
);

/**
 * Takes commands from business services (`csms.command.<station token>.<Action>`, the OCPP payload as JSON) and hands each
 * to the owner of the station, who answers the caller with a CommandOutcome as JSON. While nobody owns
 * the station's shard the caller gets NATS' "no responders".
 */
export function forwardCommands(bus: Bus, shards: number, timeoutMs: number): Subscription {
  return bus.subscribe(subjects.commands, (message) => forward(bus, shards, timeoutMs, message), {
    queue: 'commands',
  });
}

function forward(bus: Bus, shards: number, timeoutMs: number, message: BusMessage): void {
  const { reply, subject } = message;
  if (reply === undefined) return;
  const token = subjectToken(subject, 2);
  const refuse = (description: string) => answerCommand(bus, reply, { status: 'refused', description });
  if (stationIdOf(token) === undefined) {
    const rule = 'A-Z a-z 0-9 _ - as they are, every other UTF-8 byte as =XX';
    return refuse(`${JSON.stringify(token)} is no station token: write the station id with ${rule}`);
  }
  const envelope = encodeUp({
    kind: 'command',
    commandId: randomUUID(),
    action: subjectToken(subject, 3),
    payload: message.data,
    timeoutMs,
    reply,
  });
  if (envelope.length > bus.maxPayload) return refuse('the payload is too large: send less than 1 MiB');
  bus.publish(subjects.up(shardOf(token, shards), token), envelope, reply);
}
