import { randomBytes } from 'node:crypto';
import { BusError, type Bus, type BusMessage, type Subscription } from '../../libs/bus/mod.js';
import { within, type Clock, type Timer } from '../../libs/clock/mod.js';
import { encodeUp, shardOf, stationIdOf, stationToken, subjects, subjectToken } from '../../libs/link/mod.js';
import { answerCommand } from './commands.js';
import { KeptCommand, type Fate } from './kept-command.js';
import type { ForwarderMetrics } from './metrics.js';
import type { CommandOutcome } from './station/mod.js';

export interface ForwarderOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly metrics: ForwarderMetrics;
  /** Unique in the cluster: owners tell it what they have taken. */
  readonly workerId: string;
  /** Number of shards of the cluster. */
  readonly shards: number;
  /** How long a station has to answer. */
  readonly timeoutMs: number;
  /** How much longer than that an owner is looked for. */
  readonly graceMs: number;
}

/** Commands that wait for their owner, and bytes of them; further ones are refused. */
const MOST_KEPT = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;
const ROUND_MS = 50;
/** A round that comes so late finds what has arrived meanwhile unread: it waits for the next one. */
const LATE_MS = 500;
const DRAIN_MS = 2_000;
const BUS_MS = 1_000;

/**
 * Takes commands from business services (`csms.command.<station token>.<Action>`, the OCPP payload as JSON) and hands each
 * to the owner of the station, who answers the caller with a CommandOutcome as JSON.
 *
 * A command is kept until its owner says that it has it, and published again until then: to every new owner, with back-off
 * where nobody serves the shard, and when no word comes. The station actor knows the commands that it has, so a repeat does
 * nothing. When there is still no word at the end, the caller is told `refused` if no copy can have reached an
 * owner, else `timeout`.
 */
export class CommandForwarder {
  readonly #kept = new Map<string, KeptCommand>();
  #bytes = 0;
  readonly #inbox: string;
  /** Makes command ids unique beyond the life of this process. */
  readonly #nonce = randomBytes(8).toString('base64url');
  #count = 0;
  #commands: Subscription | undefined;
  #others: Subscription[] = [];
  #timer: Timer | undefined;
  #drained: (() => void) | undefined;

  constructor(private readonly options: ForwarderOptions) {
    this.#inbox = stationToken(options.workerId);
  }

  start(): void {
    const { bus } = this.options;
    this.#others = [
      bus.subscribe(subjects.forwardedBy(this.#inbox), (message) => this.#heard(message)),
      bus.subscribe(subjects.shards, ({ subject }) => this.#owned(Number(subjectToken(subject, 2)))),
    ];
    this.#commands = bus.subscribe(subjects.commands, (message) => this.#take(message), {
      queue: 'commands',
    });
  }

  /** Commands that no owner has confirmed yet. */
  get kept(): number {
    return this.#kept.size;
  }

  /** Memory that they use, in bytes. */
  get keptBytes(): number {
    return this.#bytes;
  }

  /** Takes no new command; resolves when an owner has each of those that were taken, or when that takes too long. */
  async drain(): Promise<void> {
    const { clock } = this.options;
    if (this.#commands !== undefined) await within(clock, BUS_MS, this.#commands.drain());
    if (this.#kept.size > 0) {
      await within(clock, DRAIN_MS, new Promise<void>((resolve) => (this.#drained = resolve)));
    }
    for (const command of this.#kept.values()) this.#end(command, endOf(command.fate, STOPPING));
    for (const subscription of this.#others) subscription.unsubscribe();
    this.#timer?.cancel();
  }

  #take({ reply, subject, data }: BusMessage): void {
    if (reply === undefined) return;
    const { bus, clock, shards, timeoutMs, graceMs } = this.options;
    const token = subjectToken(subject, 2);
    const refuse = (description: string) => this.#answer(reply, { status: 'refused', description });
    if (stationIdOf(token) === undefined) {
      const rule = 'A-Z a-z 0-9 _ - as they are, every other UTF-8 byte as =XX';
      return refuse(`${JSON.stringify(token)} is no station token: write the station id with ${rule}`);
    }
    const commandId = `${this.#nonce}-${(++this.#count).toString(36)}`;
    const action = subjectToken(subject, 3);
    const envelope = encodeUp({ kind: 'command', commandId, action, payload: data, timeoutMs, reply });
    if (envelope.length > bus.maxPayload) {
      return refuse(
        `the payload is too large: the command takes ${envelope.length} bytes, the bus carries ${bus.maxPayload}`,
      );
    }
    if (this.#kept.size >= MOST_KEPT || this.#bytes + envelope.length > MOST_BYTES) {
      return refuse(
        `${this.#kept.size} commands wait for the workers of their stations: try again in a while`,
      );
    }
    const shard = shardOf(token, shards);
    const now = clock.monotonic();
    const command = new KeptCommand(
      { commandId, shard, subject: subjects.up(shard, token), envelope, reply },
      now + timeoutMs + graceMs,
    );
    this.#kept.set(commandId, command);
    this.#bytes += envelope.length;
    this.#publish(command, now);
    this.#timer ??= this.#arm();
  }

  #publish(command: KeptCommand, now: number): void {
    const { commandId, subject, envelope } = command.parts;
    try {
      this.options.bus.publish(subject, envelope, subjects.forwarded(this.#inbox, commandId));
      command.published(now);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      command.notPublished(now);
    }
  }

  #again(command: KeptCommand, now: number): void {
    this.options.metrics.resends.add();
    this.#publish(command, now);
  }

  /** Word of an owner, or that there is none: empty for a command that it has, else why it was not taken. */
  #heard({ subject, data, noResponders }: BusMessage): void {
    const command = this.#kept.get(subjectToken(subject, 3));
    if (command === undefined) return;
    const now = this.options.clock.monotonic();
    if (noResponders === true) command.bounced(now);
    else if (data.length === 0) return this.#forget(command);
    else command.refused(Buffer.from(data).toString(), now);
    const { refusal } = command;
    if (refusal !== undefined) this.#end(command, { status: 'refused', description: refusal });
  }

  /** The shard has an owner who may not have been told. */
  #owned(shard: number): void {
    if (this.#kept.size === 0) return;
    const now = this.options.clock.monotonic();
    for (const command of this.#kept.values()) {
      if (command.parts.shard !== shard) continue;
      command.ownerChanged();
      this.#again(command, now);
    }
  }

  #arm(): Timer {
    const { clock } = this.options;
    const dueAt = clock.monotonic() + ROUND_MS;
    return clock.setTimer(ROUND_MS, () => {
      const now = clock.monotonic();
      if (now - dueAt < LATE_MS) this.#round(now);
      this.#timer = this.#kept.size > 0 ? this.#arm() : undefined;
    });
  }

  #round(now: number): void {
    for (const command of this.#kept.values()) {
      if (now >= command.until) this.#end(command, endOf(command.fate, NOBODY));
      else if (now >= command.dueAt) this.#again(command, now);
    }
  }

  #end(command: KeptCommand, outcome: CommandOutcome): void {
    this.#forget(command);
    this.#answer(command.parts.reply, outcome);
  }

  #forget({ parts }: KeptCommand): void {
    if (!this.#kept.delete(parts.commandId)) return;
    this.#bytes -= parts.envelope.length;
    if (this.#kept.size === 0) this.#drained?.();
  }

  /** Not connected: the caller's own timeout tells it. */
  #answer(reply: string, outcome: CommandOutcome): void {
    this.options.metrics.outcomes.cell(outcome.status).add();
    try {
      answerCommand(this.options.bus, reply, outcome);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
    }
  }
}

const NOBODY = 'nobody serves the station at this moment: try again';
const STOPPING = 'the gateway is stopping, and has not passed the command on: send it again';

/** How a command ends that no owner has confirmed. */
function endOf(fate: Fate, refusal: string): CommandOutcome {
  if (fate === 'not_taken') return { status: 'refused', description: refusal };
  const description = 'no worker has confirmed the command in time: the station may have carried it out';
  return { status: 'timeout', description };
}
