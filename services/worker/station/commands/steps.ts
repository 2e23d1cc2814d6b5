import type { CommandOutcome } from '../../../../libs/api/mod.js';
import type { Version } from '../../../../libs/ocpp/mod.js';
import { hashText } from '../hash.js';
import { LIMITS } from '../limits.js';
import { nextStep, type Exchange } from '../neutral/mod.js';
import type { CallToSend, Command, OutstandingCommand } from './command.js';
import { schemaFault, sizeFault } from './payload.js';

/** Which CALLs a command is made of: one, its own; or, for a neutral one, those that say it in the station's version. */

export type Next =
  | { readonly call: CallToSend }
  | { readonly outcome: CommandOutcome }
  /** It cannot be put in this version. */
  | { readonly unfit: string };

/** How the station answered a CALL. */
export type Answer = Exchange['outcome'];

/** The first CALL of a command to a station of `version`. */
export function firstCall(version: Version, command: Command): Next {
  const { commandId, action, terms, payload, checkedAs, durable } = command;
  if (terms === 'neutral') return neutralCall(version, command, []);
  // Who waits for an immediate one means the version that the station spoke when it was taken.
  const meant = terms === 'own' && durable === undefined ? (checkedAs ?? version) : terms;
  if (meant !== 'own' && meant !== version) {
    return { unfit: `the station speaks OCPP ${version}; the command is in OCPP ${meant}: send it anew` };
  }
  const fault = checkedAs === version ? undefined : schemaFault(version, action, JSON.parse(payload));
  return fault === undefined ? { call: { id: commandId, action, payload } } : { unfit: fault };
}

/** What follows when the station has answered the CALL that was out. */
export function afterAnswer(command: OutstandingCommand, answer: Answer): { next: Next; done: string[] } {
  const { terms, begun } = command;
  if (terms !== 'neutral') return { next: { outcome: answer }, done: [] };
  const { action, payload } = begun.call;
  const exchange: Exchange = { action, payload: JSON.parse(payload) as object, outcome: answer };
  const done = [...begun.done, JSON.stringify(exchange)];
  return { next: neutralCall(begun.version, command, done), done };
}

function neutralCall(version: Version, command: Command, done: readonly string[]): Next {
  const { commandId, action, payload } = command;
  if (done.length >= LIMITS.calls || lengthOf(done) > LIMITS.exchangeCharacters) {
    return { unfit: `${action} takes too many CALLs to an OCPP ${version} station: ask for less at once` };
  }
  const step = stepOf(version, action, payload, done);
  if ('outcome' in step) return { outcome: step.outcome };
  if ('unsupported' in step) return { unfit: step.unsupported };
  const { call } = step;
  const text = version === '2.1' && done.length === 0 ? payload : JSON.stringify(call.payload);
  const fault = sizeFault(call.action, text);
  if (fault !== undefined) return { unfit: fault };
  const id = done.length === 0 ? commandId : furtherId(commandId, done.length);
  return { call: { id, action: call.action, payload: text } };
}

/** Message id of a command's further CALL: no other command's, for a command id has no dot, and a hash tells long ones apart. */
function furtherId(commandId: string, number: number): string {
  const id = `${commandId}.${number}`;
  if (id.length <= LIMITS.callIdLength) return id;
  const end = `.${hashText(commandId).toString(36)}.${number}`;
  return commandId.slice(0, LIMITS.callIdLength - end.length) + end;
}

/** A fault of the translation ends the one command: thrown on, it would drop every message that the station sends. */
function stepOf(version: Version, action: string, payload: string, done: readonly string[]) {
  try {
    const request = JSON.parse(payload) as Readonly<Record<string, unknown>>;
    const exchanges = done.map((text) => JSON.parse(text) as Exchange);
    return nextStep(version, action, request, exchanges);
  } catch (error) {
    // Its message may repeat what the payload holds.
    const kind = error instanceof Error ? error.name : 'failure';
    return { unsupported: `the gateway cannot put this ${action} in OCPP ${version} (${kind}): report it` };
  }
}

/** What had been carried out of a command that ends before its last CALL was answered; empty when nothing. */
export function carriedOut(done: readonly string[]): string {
  if (done.length === 0) return '';
  const counts = new Map<string, number>();
  for (const text of done) {
    const { action, outcome } = JSON.parse(text) as Exchange;
    const what = `${action} (${outcome.status})`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const calls = [...counts].map(([what, count]) => (count === 1 ? what : `${count} × ${what}`));
  return `; the station had answered ${calls.join(', ')} of the same command before`;
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);
