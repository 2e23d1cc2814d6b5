import { grpc } from '../../../libs/api/mod.js';
import { leftOut, response } from './messages.js';

type Message = grpc.TapStationResponse;

/** Messages of one tap that wait for its caller, and the characters in them. */
const MOST_MESSAGES = 2000;
const MOST_CHARACTERS = 2 * 1024 * 1024;

/** What a caller has not taken yet. What does not fit is counted, and the caller told when it has room again. */
export class WaitingMessages {
  #messages: Message[] = [];
  #characters = 0;
  #leftOut = 0;
  #wake: (() => void) | undefined;

  constructor(
    private readonly now: () => number,
    private readonly mostMessages = MOST_MESSAGES,
    private readonly mostCharacters = MOST_CHARACTERS,
  ) {}

  push(message: Message): void {
    if (this.#messages.length >= this.mostMessages || this.#characters >= this.mostCharacters) {
      this.#leftOut++;
      return;
    }
    this.#characters += charactersOf(message);
    this.#messages.push(message);
    this.#wake?.();
  }

  /** All that waits, in order; at its end, how many did not fit. */
  take(): Message[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#characters = 0;
    if (this.#leftOut > 0) {
      messages.push(
        response(this.now(), {}, leftOut(grpc.LeftOutCause.LEFT_OUT_CAUSE_SLOW_CALLER, this.#leftOut)),
      );
      this.#leftOut = 0;
    }
    return messages;
  }

  /** Resolves when something waits, or the signal is aborted. */
  async arrival(signal: AbortSignal): Promise<void> {
    if (this.#messages.length > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake);
    });
  }
}

function charactersOf({ what }: Message): number {
  return what?.$case === 'frame' ? what.value.payload.length + 256 : 256;
}
