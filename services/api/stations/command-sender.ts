import type { CommandSnapshot, CommandTerms } from '../../../libs/api/mod.js';

/** What this service needs of the commands: the same as EnqueueCommand. */
export interface CommandSender {
  /**
   * Resolves when the station's worker has the command durably.
   * @throws ServerError. UNAVAILABLE and DEADLINE_EXCEEDED: it may have been taken, and be sent later. Others: it is not sent.
   */
  enqueue(command: DurableCommand, options: { readonly signal: AbortSignal }): Promise<CommandSnapshot>;
}

export interface DurableCommand {
  readonly stationId: string;
  readonly commandId: string;
  readonly action: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly terms: CommandTerms;
  readonly ttlMs: number;
  readonly supersedeKey: string;
}
