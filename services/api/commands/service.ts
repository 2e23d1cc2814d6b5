import { randomBytes } from 'node:crypto';
import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import type { CommandSnapshot, CommandTerms, StationSnapshot, grpc } from '../../../libs/api/mod.js';
import type { Bus } from '../../../libs/bus/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import { cursorFor, type Dispatcher } from '../../../libs/dispatch/mod.js';
import type { EventLog } from '../../../libs/eventlog/mod.js';
import type { Cancel, Command, Durable, Query } from '../../../libs/link/mod.js';
import type { Tracer } from '../../../libs/tracing/mod.js';
import type { ApiContext } from '../context.js';
import { checkedCommand, checkedCommandId, checkedDurable, checkedTimeout, tokenOf } from './checks.js';
import { commandStatus, outcomeMessage } from './messages.js';
import { mustBeTaken, sendAndWait } from './send.js';
import { traced } from './spans.js';
import { Waiters } from './waiter.js';

export interface CommandServiceOptions {
  readonly dispatcher: Pick<Dispatcher, 'command' | 'ask'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly eventlog: Pick<EventLog, 'last'>;
  /** Unique in the cluster: outcomes come to it. */
  readonly apiId: string;
  /** How long a station has to answer, unless the caller says. */
  readonly timeoutMs: number;
  /** Told when an outcome was asked for because it had not come. */
  readonly lateOutcome?: () => void;
  /** Calls that may wait for an outcome at once; 10,000 when left out. */
  readonly mostWaiting?: number;
  /** Left out: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** The methods of the CommandService about commands; those about jobs are others'. */
export type CommandMethods = Omit<
  grpc.CommandServiceImplementation<Partial<ApiContext>>,
  'getJob' | 'followJob'
>;

/** A command that may wait for its station. */
export interface DurableCommand {
  readonly stationId: string;
  readonly commandId: string;
  readonly action: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly terms: CommandTerms;
  readonly ttlMs: number;
  readonly supersedeKey: string;
}

export interface RunningCommands {
  readonly methods: CommandMethods;
  /**
   * As EnqueueCommand, for the API's own commands. Resolves when the station's worker has the command durably.
   * @throws ServerError. UNAVAILABLE and DEADLINE_EXCEEDED: it may have been taken, and be sent later. Others: it is not sent.
   */
  enqueue(command: DurableCommand, options: { readonly signal: AbortSignal }): Promise<CommandSnapshot>;
  /** Calls that wait for an outcome. */
  readonly waiting: number;
  /** Hears no outcome any more. */
  close(): void;
}

type Context = CallContext & Partial<ApiContext>;

/** How long an owner may take to answer a question, unless the caller has less time. */
const ASK_MS = 10_000;
/** How long an owner is looked for who takes a command that need not be sent now. */
const ENQUEUE_MS = 15_000;
/** Of a caller's time, what is kept back so that it hears the outcome before its time is over: a tenth, at most this. */
const MARGIN_MS = 500;
const MAX_TIMEOUT_MS = 3_600_000;

/** Takes commands for stations from business services; hears outcomes from now on. */
export function commandService(options: CommandServiceOptions): RunningCommands {
  const { dispatcher, bus, clock, eventlog, apiId, timeoutMs: defaultMs } = options;
  const { lateOutcome = () => undefined, tracer } = options;
  const waiters = new Waiters(bus, clock, apiId, options.mostWaiting);
  waiters.start();
  const nonce = randomBytes(8).toString('base64url');
  let count = 0;
  const idOf = (given: string) =>
    given === '' ? `${nonce}-${(++count).toString(36)}` : checkedCommandId(given);

  const remainingMs = ({ deadline }: Pick<Context, 'deadline'>): number =>
    deadline === undefined ? Infinity : Math.max(1, deadline - clock.now());

  /** Milliseconds that the station has, of the time that the caller has. */
  const timeoutFor = (given: number | undefined, context: Context): number => {
    if (given !== undefined) return given;
    const left = remainingMs(context);
    if (left === Infinity) return defaultMs;
    return Math.min(MAX_TIMEOUT_MS, Math.max(1, Math.floor(left - Math.min(MARGIN_MS, left / 10))));
  };

  const ask = async (
    token: string,
    message: Query | Cancel,
    context: Pick<Context, 'signal' | 'deadline'>,
  ): Promise<unknown> =>
    await dispatcher.ask(token, message, Math.min(ASK_MS, remainingMs(context)), { signal: context.signal });

  /** Resolves with the command as its owner knows it, when that one has it durably. */
  const enqueue = async (
    token: string,
    command: Pick<Command, 'action' | 'payload' | 'terms' | 'commandId' | 'timeoutMs' | 'traceparent'> & {
      readonly durable: Durable;
    },
    context: Pick<Context, 'signal' | 'deadline'>,
  ): Promise<CommandSnapshot> => {
    const { commandId, action, durable } = command;
    const cursor = await cursorFor(eventlog, action);
    const withinMs = Math.min(ENQUEUE_MS, remainingMs(context));
    const envelope: Command = { kind: 'command', ...command, reply: '', keyed: true, cursor };
    const { signal } = context;
    mustBeTaken(await dispatcher.command(token, envelope, { withinMs, signal }), commandId);
    const takenAt = clock.now();
    const question = { kind: 'query', about: 'command', commandId } as const;
    const answer = await ask(token, question, context).catch(() => null);
    return (answer as CommandSnapshot | null) ?? justTaken(commandId, action, durable, takenAt);
  };

  const methods: CommandMethods = {
    async sendCommand(request, context) {
      return await traced(tracer, 'SendCommand', request, context, async (trace) => {
        const { token, ...what } = checkedCommand(request.command);
        const commandId = idOf(request.commandId);
        const timeoutMs = timeoutFor(checkedTimeout(request.timeoutMs), context);
        const waiter = waiters.add();
        try {
          const command: Command = {
            kind: 'command',
            ...what,
            commandId,
            timeoutMs,
            reply: waiter.reply,
            keyed: true,
            cursor: await cursorFor(eventlog, what.action),
            ...trace,
          };
          const parts = { dispatcher, clock, lateOutcome };
          const end = await sendAndWait(parts, token, command, waiter, context.signal);
          return { commandId, outcome: outcomeMessage(end) };
        } finally {
          waiter.forget();
        }
      });
    },

    async enqueueCommand(request, context) {
      return await traced(tracer, 'EnqueueCommand', request, context, async (trace) => {
        const { token, ...what } = checkedCommand(request.command);
        const commandId = idOf(request.commandId);
        const timeoutMs = checkedTimeout(request.timeoutMs) ?? defaultMs;
        const durable = checkedDurable(request);
        const snapshot = await enqueue(token, { ...what, commandId, timeoutMs, durable, ...trace }, context);
        return { command: commandStatus(snapshot) };
      });
    },

    async getCommand({ stationId, commandId }, context) {
      const token = tokenOf(stationId);
      const id = checkedCommandId(commandId);
      const answer = await ask(token, { kind: 'query', about: 'command', commandId: id }, context);
      return { command: commandStatus(known(answer, id)) };
    },

    async listCommands({ stationId }, context) {
      const answer = await ask(tokenOf(stationId), { kind: 'query', about: 'station' }, context);
      return { commands: (answer as StationSnapshot).commands.map(commandStatus) };
    },

    async cancelCommand({ stationId, commandId }, context) {
      const token = tokenOf(stationId);
      const id = checkedCommandId(commandId);
      const command = known(await ask(token, { kind: 'cancel', commandId: id }, context), id);
      if (command.outcome?.status === 'cancelled') return { command: commandStatus(command) };
      const why =
        command.state === 'ended'
          ? `has ended already (${command.outcome?.status ?? 'it is not known how'})`
          : 'has been sent already: the station may carry it out';
      throw new ServerError(Status.FAILED_PRECONDITION, `command ${id} ${why}`);
    },
  };
  return {
    methods,
    enqueue: async ({ stationId, payload, ttlMs, supersedeKey, ...command }, { signal }) => {
      const durable = { ttlMs, once: false, supersedeKey };
      const bytes = Buffer.from(JSON.stringify(payload));
      const whole = { ...command, payload: bytes, timeoutMs: defaultMs, durable };
      return await enqueue(tokenOf(stationId), whole, { signal });
    },
    get waiting() {
      return waiters.size;
    },
    close: () => waiters.stop(),
  };
}

/** @throws ServerError NOT_FOUND */
function known(answer: unknown, commandId: string): CommandSnapshot {
  if (answer !== null) return answer as CommandSnapshot;
  throw new ServerError(
    Status.NOT_FOUND,
    `command ${commandId} is not known: it was never taken, or has ended and others of the station since`,
  );
}

/** A command whose owner has taken it, and does not answer just now. */
function justTaken(
  commandId: string,
  action: string,
  { ttlMs, supersedeKey }: Durable,
  takenAt: number,
): CommandSnapshot {
  const known = { commandId, action, state: 'queued', takenAt, expiresAt: takenAt + ttlMs } as const;
  return supersedeKey === undefined ? known : { ...known, supersedeKey };
}
