import { BusError, type Bus } from '../../libs/bus/mod.js';
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

/** The command could not be given to its actor: tells who forwarded it, who
 * sends it again when this is lost, or else its caller, whom its own timeout tells then. */
export function refuseCommand(
  bus: Bus,
  { reply, forwarder }: { readonly reply: string; readonly forwarder?: string | undefined },
  description: string,
): void {
  try {
    if (forwarder !== undefined) bus.publish(forwarder, Buffer.from(description));
    else answerCommand(bus, reply, { status: 'refused', description });
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
  }
}
