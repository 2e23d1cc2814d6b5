import type { CommandTerms } from '../../../../libs/api/mod.js';
import { MsgpackWriter } from '../../../../libs/link/mod.js';
import { VERSIONS, type Version } from '../../../../libs/ocpp/mod.js';
import type { Begun, Command, OutstandingCommand } from './command.js';

/** Commands in the record of their station: msgpack arrays. */

/** Only added to: the place of each is its number in records. */
const TERMS: readonly CommandTerms[] = ['own', 'neutral', '1.6', '2.0.1', '2.1'];

export function unpackOutstanding(fields: readonly unknown[]): OutstandingCommand {
  const { begun, ...command } = unpackCommand(fields);
  if (begun === undefined) throw new Error('an outstanding command without a CALL');
  return { ...command, begun };
}

const writer = new MsgpackWriter();
/** What waits does not change, and the record it stands in is written with every commit. */
const written = new WeakMap<Command, Uint8Array>();

/** A command of the queue. */
export function writeWaiting(to: MsgpackWriter, command: Command): void {
  let bytes = written.get(command);
  if (bytes === undefined) {
    writer.begin();
    writeCommand(writer, command);
    bytes = Uint8Array.from(writer.take());
    written.set(command, bytes);
  }
  to.encoded(bytes);
}

export function writeCommand(to: MsgpackWriter, command: Command): void {
  const { durable, begun, traceparent } = command;
  // Who does not know of traces passes the last element over.
  to.array(traceparent === undefined ? 13 : 14)
    .text(command.commandId)
    .text(command.action)
    .number(TERMS.indexOf(command.terms))
    .text(command.payload)
    .number(command.content)
    .optional(command.checkedAs && VERSIONS.indexOf(command.checkedAs))
    .number(command.timeoutMs)
    .texts(command.replies)
    .number(command.takenAt)
    .number(command.expiresAt);
  if (durable === undefined) to.nil();
  else writeOptionalText(to.array(2).number(durable.once ? 1 : 0), durable.supersedeKey);
  to.number(command.cursor);
  if (begun === undefined) to.nil();
  else writeBegun(to, begun, command.payload);
  if (traceparent !== undefined) to.text(traceparent);
}

/** The CALL's payload is the command's, unless it was put in other terms. */
function writeBegun(to: MsgpackWriter, begun: Begun, payload: string): void {
  const { call, done } = begun;
  to.array(9).number(VERSIONS.indexOf(begun.version)).text(call.id).text(call.action);
  writeOptionalText(to, call.payload === payload ? undefined : call.payload);
  to.texts(done)
    .text(begun.connectionId)
    .number(begun.sendings)
    .number(begun.rebooted ? 1 : 0);
  to.number(begun.deadline);
}

function writeOptionalText(to: MsgpackWriter, text: string | undefined): void {
  if (text === undefined) to.nil();
  else to.text(text);
}

export function unpackCommand(fields: readonly unknown[]): Command {
  const payload = fields[3] as string;
  const durable = fields[10] as [number, string | null] | null;
  const begun = fields[12] as unknown[] | null;
  return {
    commandId: fields[0] as string,
    action: fields[1] as string,
    terms: TERMS[fields[2] as number] ?? 'own',
    payload,
    content: fields[4] as number,
    checkedAs: versionAt(fields[5]),
    timeoutMs: fields[6] as number,
    replies: fields[7] as string[],
    takenAt: fields[8] as number,
    expiresAt: fields[9] as number,
    durable: durable ? { once: durable[0] === 1, supersedeKey: durable[1] ?? undefined } : undefined,
    cursor: fields[11] as number,
    begun: begun ? unpackBegun(begun, payload) : undefined,
    ...(typeof fields[13] === 'string' && { traceparent: fields[13] }),
  };
}

function unpackBegun(fields: readonly unknown[], payload: string): Begun {
  return {
    version: versionAt(fields[0]) ?? '1.6',
    call: {
      id: fields[1] as string,
      action: fields[2] as string,
      payload: (fields[3] as string | null) ?? payload,
    },
    done: fields[4] as string[],
    connectionId: fields[5] as string,
    sendings: fields[6] as number,
    rebooted: fields[7] === 1,
    deadline: fields[8] as number,
  };
}

const versionAt = (index: unknown): Version | undefined =>
  typeof index === 'number' ? VERSIONS[index] : undefined;
