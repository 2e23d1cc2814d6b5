import type { CommandOutcome, RefusalReason } from '../../../libs/api/mod.js';
import { BusError, type Bus, type BusMessage } from '../../../libs/bus/mod.js';
import { decodeUp, subjects, type Command, type Up } from '../../../libs/link/mod.js';

/** Something that came for the owner of a shard. */
export interface Received<Kind extends Up = Up> {
  readonly up: Kind;
  /** That the command is taken. */
  take(): void;
  refuse(reason: RefusalReason, description: string): void;
  answer(answer: unknown): void;
  /** The outcome, to who waits for it. */
  end(outcome: CommandOutcome): void;
}

/** An owner of all shards, which says what the test has it say. */
export class FakeOwner {
  readonly got: Received[] = [];
  /** Told of everything that comes; left out: the test answers by hand. */
  onReceived: ((received: Received) => void) | undefined;
  #stop: () => void;

  constructor(private readonly bus: Bus) {
    const subscription = bus.subscribe('csms.up.*.*', (message) => this.#heard(message));
    this.#stop = () => subscription.unsubscribe();
  }

  /** Of these it owns nothing any more. */
  stop(): void {
    this.#stop();
  }

  announce(shard: number): void {
    this.bus.publish(subjects.shard(shard), Buffer.from('7'));
  }

  get commands(): Received<Command>[] {
    return this.got.filter((one): one is Received<Command> => one.up.kind === 'command');
  }

  /** Questions and orders that are no commands. */
  get questions(): Received[] {
    return this.got.filter(({ up }) => up.kind !== 'command');
  }

  #heard({ data, reply = '' }: BusMessage): void {
    const up = decodeUp(data);
    const say = (word: string) => this.#publish(reply, word);
    const received: Received = {
      up,
      take: () => say(''),
      refuse: (reason, description) => say(JSON.stringify({ refused: { reason, description } })),
      answer: (answer) => say(JSON.stringify({ answer })),
      end: (outcome) => {
        if (up.kind === 'command' && up.reply !== '') this.#publish(up.reply, JSON.stringify(outcome));
      },
    };
    this.got.push(received);
    this.onReceived?.(received);
  }

  #publish(subject: string, text: string): void {
    try {
      this.bus.publish(subject, Buffer.from(text));
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
    }
  }
}
