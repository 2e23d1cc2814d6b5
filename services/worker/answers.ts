import type { CommandOutcome } from '../../libs/api/mod.js';
import { BusError, type Bus } from '../../libs/bus/mod.js';
import type { OwnersWord } from './station/mod.js';

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

/** Tells who handed a message over what became of it. Not connected: it hands it over again, or gives up by itself. */
export function tell(bus: Bus, to: string, word: OwnersWord): void {
  try {
    bus.publish(to, word === 'taken' ? TAKEN : Buffer.from(JSON.stringify(word)));
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
  }
}

const TAKEN = new Uint8Array(0);
