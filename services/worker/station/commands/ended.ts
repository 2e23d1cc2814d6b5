import { Packr } from 'msgpackr';
import type { CommandOutcome, RefusalReason } from '../../../../libs/api/mod.js';
import { MsgpackWriter } from '../../../../libs/link/mod.js';
import { LIMITS } from '../limits.js';

/**
 * The commands that have ended, as bytes: they are written with every commit of the station and rarely read. The newest
 * outcomes are kept for callers who ask again.
 */

export interface EndedCommand {
  readonly commandId: string;
  /** As the command's; an id is taken only by what has this content. */
  readonly content: number;
  readonly action: string;
  readonly ending: Ending;
  /** Epoch milliseconds. */
  readonly takenAt: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** JSON text of the CommandOutcome; undefined: not kept, or not any more. */
  readonly outcome: string | undefined;
}

/** How a command ended, without its words. `unknown`: a record of format 1 does not say. */
export interface Ending {
  readonly status: CommandOutcome['status'] | 'unknown';
  readonly reason?: RefusalReason;
  /** It was not taken. */
  readonly atDoor?: true;
}

const REASONS: readonly RefusalReason[] = ['invalid', 'not_now', 'busy', 'id_taken', 'unserved'];

/** Only added to: the place of each is its number in records. */
const ENDINGS: readonly Ending[] = [
  { status: 'unknown' },
  { status: 'result' },
  { status: 'error' },
  { status: 'timeout' },
  { status: 'offline' },
  { status: 'expired' },
  { status: 'superseded' },
  { status: 'cancelled' },
  ...REASONS.map((reason): Ending => ({ status: 'refused', reason })),
  ...REASONS.map((reason): Ending => ({ status: 'refused', reason, atDoor: true })),
];

const packr = new Packr({ useRecords: false });
const writer = new MsgpackWriter();

export function endedCommands(bytes: Uint8Array): EndedCommand[] {
  // A view: msgpackr hangs a DataView on the array that it reads.
  return bytes.length === 0 ? [] : (packr.unpack(bytes.subarray()) as unknown[][]).map(unpackEnded);
}

/** The last command that ended under this id. */
export const findEnded = (bytes: Uint8Array, commandId: string): EndedCommand | undefined =>
  bytes.length === 0 ? undefined : endedCommands(bytes).find((one) => one.commandId === commandId);

/** `bytes` with one more; what is too much, or too old, is forgotten. */
export function withEnded(bytes: Uint8Array, newest: EndedCommand): Uint8Array {
  const others = endedCommands(bytes).filter(({ commandId }) => commandId !== newest.commandId);
  return kept([newest, ...others], newest.at);
}

/** `bytes` without what is too old. */
export const withoutOld = (bytes: Uint8Array, now: number): Uint8Array => kept(endedCommands(bytes), now);

const kept = (commands: readonly EndedCommand[], now: number): Uint8Array =>
  encodeEnded(trimmed(known(commands, now), now));

/** However many are refused at the door, what was taken is known. */
function known(commands: readonly EndedCommand[], now: number): EndedCommand[] {
  let refusals = 0;
  let others = 0;
  return commands.filter(({ ending, at }) =>
    ending.atDoor === true
      ? at > now - LIMITS.refusalAgeMs && ++refusals <= LIMITS.refusals
      : ++others <= LIMITS.endedCommands,
  );
}

export function encodeEnded(commands: readonly EndedCommand[]): Uint8Array {
  // A copy: what the writer gives is a part of a larger buffer.
  return Uint8Array.from(writer.begin().each(commands, writeEnded).take());
}

/** True when what is kept of the outcome may still be told. */
export const isFresh = ({ at }: EndedCommand, now: number): boolean => at > now - LIMITS.outcomeAgeMs;

function trimmed(commands: readonly EndedCommand[], now: number): EndedCommand[] {
  let outcomes = 0;
  let characters = 0;
  return commands.map((one) => {
    if (one.outcome === undefined) return one;
    if (one.ending.atDoor === true) {
      return one.outcome.length <= LIMITS.refusalCharacters ? one : { ...one, outcome: undefined };
    }
    const after = characters + one.outcome.length;
    if (outcomes >= LIMITS.keptOutcomes || after > LIMITS.outcomeCharacters || !isFresh(one, now)) {
      return { ...one, outcome: undefined };
    }
    outcomes += 1;
    characters = after;
    return one;
  });
}

function writeEnded(to: MsgpackWriter, ended: EndedCommand): void {
  const { commandId, content, action, ending, takenAt, at, outcome } = ended;
  to.array(7).text(commandId).number(content).text(action).number(numberOf(ending));
  to.number(at).number(at - takenAt);
  if (outcome === undefined) to.nil();
  else to.text(outcome);
}

function unpackEnded(fields: readonly unknown[]): EndedCommand {
  const at = fields[4] as number;
  return {
    commandId: fields[0] as string,
    content: fields[1] as number,
    action: fields[2] as string,
    ending: ENDINGS[fields[3] as number] ?? UNKNOWN,
    takenAt: at - (fields[5] as number),
    at,
    outcome: (fields[6] ?? undefined) as string | undefined,
  };
}

export const UNKNOWN: Ending = { status: 'unknown' };

const numberOf = ({ status, reason, atDoor }: Ending): number =>
  Math.max(
    0,
    ENDINGS.findIndex((one) => one.status === status && one.reason === reason && one.atDoor === atDoor),
  );

/** How the command ended, in the words that are kept; undefined for a result whose payload is not, or for what is not known. */
export function outcomeOf(ended: EndedCommand, now: number): CommandOutcome | undefined {
  const { ending, outcome } = ended;
  if (outcome !== undefined && isFresh(ended, now)) return JSON.parse(outcome) as CommandOutcome;
  const description = 'the command ended so some time ago: more is not kept';
  switch (ending.status) {
    case 'unknown':
    case 'result':
      return undefined;
    case 'error':
      return { status: 'error', code: 'GenericError', description, details: {} };
    case 'refused':
      return { status: 'refused', reason: ending.reason ?? 'invalid', description };
    default:
      return { status: ending.status, description };
  }
}
