import { ServerError, Status } from 'nice-grpc-common';
import type { CommandSnapshot } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import { DispatchError, type Delivery, type Dispatcher } from '../../../libs/dispatch/mod.js';
import type { Command } from '../../../libs/link/mod.js';
import { refusalError } from '../status.js';
import type { Waiter } from './waiter.js';

/** How a command ended; a result whose payload nobody has any more has none. */
export type End = NonNullable<CommandSnapshot['outcome']>;

export interface SendParts {
  readonly dispatcher: Pick<Dispatcher, 'command' | 'ask'>;
  readonly clock: Clock;
  /** Told when an outcome was asked for because it had not come. */
  readonly lateOutcome: () => void;
}

/** After the time that the station has, an outcome is asked for… */
const OVERDUE_MS = 1_000;
/** …and again after this, until it is there. */
const ASK_AGAIN_MS = 1_000;
const ANSWER_MS = 1_000;
/** A command may wait behind others for as long as its station has to answer it; and the owner may change. */
const LAST_MS = 60_000;

/**
 * Hands a command over and waits for how it ends. An outcome that is lost on its way is asked for at the owner.
 * @throws ServerError when it is not taken, or when it is not known whether it was; the signal's reason.
 */
export async function sendAndWait(
  parts: SendParts,
  token: string,
  command: Command,
  waiter: Waiter,
  signal: AbortSignal,
): Promise<End> {
  const { dispatcher, clock } = parts;
  const { commandId, timeoutMs } = command;
  void dispatcher.command(token, command, { signal }).then((delivery) => waiter.tell({ delivery }));
  let patienceMs = Infinity;
  let giveUpAt = Infinity;
  for (;;) {
    const news = await waiter.next(patienceMs, signal);
    if (news === undefined) {
      const end = await askForEnd(parts, token, commandId, signal);
      if (end !== undefined) return end;
      if (clock.monotonic() >= giveUpAt) throw unknown(commandId);
      patienceMs = ASK_AGAIN_MS;
    } else if ('outcome' in news) {
      return news.outcome;
    } else {
      mustBeTaken(news.delivery, commandId);
      patienceMs = timeoutMs + OVERDUE_MS;
      giveUpAt = clock.monotonic() + 2 * timeoutMs + LAST_MS;
    }
  }
}

/** @throws ServerError */
export function mustBeTaken(delivery: Delivery, commandId: string): void {
  if ('refused' in delivery) throw refusalError(delivery.refused);
  if ('unknown' in delivery) throw unknown(commandId);
}

/** Its end, if it has ended and somebody answers. @throws ServerError when nobody knows the command. */
async function askForEnd(
  { dispatcher, lateOutcome }: SendParts,
  token: string,
  commandId: string,
  signal: AbortSignal,
): Promise<End | undefined> {
  let answer: unknown;
  try {
    answer = await dispatcher.ask(token, { kind: 'query', about: 'command', commandId }, ANSWER_MS, {
      signal,
    });
  } catch (error) {
    if (error instanceof DispatchError) return undefined;
    throw error;
  }
  const command = answer as CommandSnapshot | null;
  if (command === null) {
    throw new ServerError(
      Status.DATA_LOSS,
      `the outcome of command ${commandId} is not known any more: it ended, and others of the station since`,
    );
  }
  if (command.outcome !== undefined) lateOutcome();
  return command.outcome;
}

const unknown = (commandId: string) =>
  new ServerError(
    Status.UNAVAILABLE,
    `it is not known yet what became of command ${commandId}: call again with this command_id, it is not sent twice`,
  );
