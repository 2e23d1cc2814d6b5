import { randomUUID } from 'node:crypto';
import { ServerError, Status } from 'nice-grpc-common';
import type { CommandOutcome, CommandSnapshot, StationSnapshot } from '../../../libs/api/mod.js';
import { sleep, type Clock } from '../../../libs/clock/mod.js';
import { DispatchError, type Dispatcher } from '../../../libs/dispatch/mod.js';
import { stationToken } from '../../../libs/link/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import type { DurableCommand, RunningCommands } from '../commands/mod.js';
import type { GivenPassword } from './requests.js';

export interface PasswordWriterOptions {
  readonly commands: Pick<RunningCommands, 'enqueue'>;
  readonly dispatcher: Pick<Dispatcher, 'ask'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What has become of a password that was to be written to the station. */
export interface Written {
  readonly command: CommandSnapshot;
  /** True: the station has not taken it, and will not. */
  readonly rejected: boolean;
}

/** Of the commands that write a password and wait, only the newest is delivered. */
const SUPERSEDE_KEY = 'password';
/** A station that is away for longer keeps its old password, which is valid. */
const TTL_MS = 30 * 24 * 3_600_000;
/** How often is asked how far the command is. */
const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 1000;
const ASK_MS = 2000;
/** With these CALLERRORs the station has not taken what it was told. */
const DECLINED: ReadonlySet<string> = new Set(['NotImplemented', 'NotSupported', 'SecurityError']);

/** Writes passwords to stations, by durable commands. */
export class PasswordWriter {
  constructor(private readonly options: PasswordWriterOptions) {}

  /**
   * Writes `password` to the station, and waits for what it says, at most until `until` (monotonic milliseconds).
   * @throws ServerError as RunningCommands.enqueue does.
   */
  async write(
    stationId: string,
    password: GivenPassword,
    until: number,
    signal: AbortSignal,
  ): Promise<Written> {
    const command = { ...wordsOf(password), stationId, commandId: randomUUID() };
    const taken = await this.options.commands.enqueue(command, { signal });
    const last = await this.#follow(stationId, taken, until, signal);
    return { command: last, rejected: last.outcome !== undefined && wasRejected(last.outcome) };
  }

  /** Takes back those that wait to be sent, as far as the station's worker can be reached. Never rejects. */
  async takeBack(stationId: string, signal: AbortSignal): Promise<void> {
    const { dispatcher, logger } = this.options;
    const token = stationToken(stationId);
    try {
      const snapshot = await dispatcher.ask(token, { kind: 'query', about: 'station' }, ASK_MS, { signal });
      for (const { commandId, supersedeKey, state } of (snapshot as StationSnapshot | null)?.commands ?? []) {
        if (supersedeKey !== SUPERSEDE_KEY || state !== 'queued') continue;
        await dispatcher.ask(token, { kind: 'cancel', commandId }, ASK_MS, { signal });
      }
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      logger.warn({ stationId, err: error }, 'password_commands_not_taken_back');
    }
  }

  async #follow(
    stationId: string,
    taken: CommandSnapshot,
    until: number,
    signal: AbortSignal,
  ): Promise<CommandSnapshot> {
    const { dispatcher, clock } = this.options;
    const token = stationToken(stationId);
    const question = { kind: 'query', about: 'command', commandId: taken.commandId } as const;
    let last = taken;
    for (let pause = FIRST_LOOK_MS; last.state !== 'ended'; pause = Math.min(pause * 2, LAST_LOOK_MS)) {
      const leftMs = until - clock.monotonic();
      if (signal.aborted || leftMs <= FIRST_LOOK_MS) break;
      await sleep(clock, Math.min(pause, leftMs - FIRST_LOOK_MS / 2));
      try {
        const left = Math.min(ASK_MS, until - clock.monotonic());
        last = ((await dispatcher.ask(token, question, left, { signal })) as CommandSnapshot | null) ?? last;
      } catch (error) {
        if (!(error instanceof DispatchError)) throw error;
      }
    }
    return last;
  }
}

/** True when the command certainly is not carried out, so that nobody comes with the password. */
export function refusedAtOnce(error: unknown): boolean {
  if (!(error instanceof ServerError)) return false;
  const { INVALID_ARGUMENT, FAILED_PRECONDITION, RESOURCE_EXHAUSTED, ALREADY_EXISTS } = Status;
  return [INVALID_ARGUMENT, FAILED_PRECONDITION, RESOURCE_EXHAUSTED, ALREADY_EXISTS].includes(error.code);
}

/** 2.1's own form, which the gateway puts into each version's; bytes that are no text only 1.6 can be told (1.6J 6.2.2). */
function wordsOf({ text, bytes }: GivenPassword): Omit<DurableCommand, 'stationId' | 'commandId'> {
  const waiting = { ttlMs: TTL_MS, supersedeKey: SUPERSEDE_KEY };
  if (text === undefined) {
    const payload = { key: 'AuthorizationKey', value: Buffer.from(bytes).toString('hex') };
    return { ...waiting, action: 'ChangeConfiguration', terms: '1.6', payload };
  }
  const data = {
    component: { name: 'SecurityCtrlr' },
    variable: { name: 'BasicAuthPassword' },
    attributeValue: text,
  };
  return { ...waiting, action: 'SetVariables', terms: 'neutral', payload: { setVariableData: [data] } };
}

/** Only what says so: a station that may have taken the new password must get in with it. */
function wasRejected(outcome: CommandOutcome | { readonly status: 'result' }): boolean {
  switch (outcome.status) {
    case 'result':
      return 'payload' in outcome && statusesOf(outcome.payload).some((status) => !ACCEPTED.has(status));
    case 'error':
      return DECLINED.has(outcome.code);
    default:
      return outcome.status === 'refused';
  }
}

const ACCEPTED: ReadonlySet<string> = new Set(['Accepted', 'RebootRequired']);

/** Of a SetVariablesResponse or a ChangeConfiguration.conf. */
function statusesOf(payload: unknown): readonly string[] {
  const { status, setVariableResult = [] } = payload as {
    readonly status?: string;
    readonly setVariableResult?: readonly { readonly attributeStatus: string }[];
  };
  return status === undefined ? setVariableResult.map(({ attributeStatus }) => attributeStatus) : [status];
}
