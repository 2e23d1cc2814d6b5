import assert from 'node:assert/strict';
import { LIMITS } from './limits.js';
import { commandOf, type TestStation } from './station.fixture.js';
import type { CommandMessage } from './messages.js';

/**
 * Commands of every kind for a random life of a station, and what must hold of them (DESIGN invariant 5), said by what
 * callers, stations and readers of events can see.
 */
export class CommandWalk {
  readonly #commands = new Map<string, CommandMessage>();
  /** Bus subjects of callers, each of which must hear one outcome. */
  readonly #replies: string[] = [];
  /** Durable ones that were taken, in that order. */
  readonly #waiting: CommandMessage[] = [];
  #ordersSeen = 0;
  readonly #sent = new Set<string>();

  constructor(
    private readonly station: TestStation,
    private readonly random: () => number,
  ) {}

  /** A new command, or one that a caller asks for again. */
  next(id: string): CommandMessage {
    const known = [...this.#commands.values()].filter(({ keyed }) => keyed).at(-1);
    // More that ask at once are not all told.
    const asked = this.#replies.filter((reply) => known !== undefined && reply.startsWith(`${known.reply}/`));
    if (known !== undefined && asked.length < LIMITS.replies - 1 && this.random() < 0.3) {
      return this.#asked({ ...known, reply: `${known.reply}/${id}`, dispatcher: `d.${id}` });
    }
    const command = this.#command(id);
    this.#commands.set(id, command);
    return this.#asked(command);
  }

  /** Its sender knows by now what became of it. */
  handed(command: CommandMessage): void {
    const word = this.station.told.findLast(({ to }) => to === command.dispatcher)?.word;
    assert.ok(word !== undefined, 'who hands a command over hears of it');
    const isTaken = word === 'taken';
    const isNew = !this.#waiting.some(({ commandId }) => commandId === command.commandId);
    if (isTaken && isNew && command.durable !== undefined) this.#waiting.push(command);
  }

  /** One that may still wait. */
  some(): string {
    const ids = [...this.#commands.keys()].slice(-4);
    return ids[Math.floor(this.random() * ids.length)] ?? 'nobody';
  }

  #asked(command: CommandMessage): CommandMessage {
    if (command.reply !== '') this.#replies.push(command.reply);
    return command;
  }

  #command(id: string): CommandMessage {
    const timeoutMs = 1_000 * (1 + Math.floor(this.random() * 60));
    const keyed = this.random() < 0.4;
    const common = { timeoutMs, keyed, ...this.#kind() };
    if (this.random() < 0.5) return commandOf(id, common);
    const ttlMs = 1_000 * (1 + Math.floor(this.random() * 600));
    const once = this.random() < 0.2;
    const key = Math.floor(this.random() * 4);
    const durable = key < 2 ? { ttlMs, once, supersedeKey: `key ${key}` } : { ttlMs, once };
    return commandOf(id, { ...common, durable });
  }

  #kind(): Pick<CommandMessage, 'action' | 'payload' | 'terms'> {
    const kind = this.random();
    if (kind < 0.1) return { action: 'Nonsense', payload: {}, terms: 'own' };
    if (kind < 0.2) return { action: 'ClearCache', payload: {}, terms: '1.6' };
    if (kind < 0.3) return { action: 'SetVariables', payload: SET_TWO, terms: 'neutral' };
    if (kind < 0.4) return { action: 'RequestStartTransaction', payload: START, terms: 'neutral' };
    return { action: 'ClearCache', payload: {}, terms: 'own' };
  }

  /** At most one is out at the station, and those that wait are sent in the order in which they were taken. */
  check(): void {
    const { state, outcomes } = this.station;
    const orders = this.station.orders().map(({ id }) => id.replace(/\.\d+$/, ''));
    const ended = new Set(this.#ended());
    const waits = new Set(state.queue.map(({ commandId }) => commandId));
    const running = [...new Set(orders)].filter((id) => !ended.has(id) && !waits.has(id));
    assert.ok(running.length <= 1, `outstanding: ${running.join(', ')}; ${outcomes.length} outcomes`);
    for (const id of orders.slice(this.#ordersSeen)) {
      if (!this.#sent.has(id)) this.#firstSent(id, ended);
      this.#sent.add(id);
    }
    this.#ordersSeen = orders.length;
  }

  #firstSent(id: string, ended: ReadonlySet<string>): void {
    const place = this.#waiting.findIndex(({ commandId }) => commandId === id);
    const command = this.#waiting[place];
    if (command === undefined) return;
    for (const { commandId } of this.#waiting.slice(0, place)) {
      assert.ok(ended.has(commandId) || this.#sent.has(commandId), `${id} was sent before ${commandId}`);
    }
    const key = command.durable?.supersedeKey;
    const newer = this.#waiting.slice(place + 1).find(({ durable }) => durable?.supersedeKey === key);
    assert.ok(
      key === undefined || newer === undefined,
      `${id} was sent though ${newer?.commandId} was taken`,
    );
  }

  /** Every one ended once, for each that asked and in the event log; what is said not to have been sent was not. */
  checkEnd(): void {
    const told = this.station.outcomes.map(({ reply }) => reply);
    assert.deepEqual(told.toSorted(), this.#replies.toSorted());
    const ended = this.#ended();
    assert.deepEqual(ended, [...new Set(ended)], 'each ends once');
    for (const { commandId } of this.#waiting) assert.ok(ended.includes(commandId), `${commandId} ended`);
    for (const event of this.station.events) {
      if (event.type !== 'command.completed') continue;
      const { commandId, outcome } = event.data;
      if (['expired', 'superseded', 'cancelled'].includes(outcome)) {
        assert.ok(!this.#sent.has(commandId), `${commandId} was sent, and ended as ${outcome}`);
      }
    }
    const { queue, outstanding } = this.station.state;
    assert.deepEqual([queue, outstanding], [[], undefined]);
  }

  #ended(): string[] {
    return this.station.events.flatMap((event) =>
      event.type === 'command.completed' ? [event.data.commandId] : [],
    );
  }
}

const variable = { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } };
/** Two CALLs to a 1.6 station. */
const SET_TWO = {
  setVariableData: [
    { ...variable, attributeValue: '60' },
    { ...variable, attributeValue: '70' },
  ],
};
const START = { remoteStartId: 7, idToken: { idToken: 'A', type: 'ISO14443' }, evseId: 1 };
