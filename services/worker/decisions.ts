import type { Bus } from '../../libs/bus/mod.js';
import { subjects } from '../../libs/link/mod.js';
import type { Counter } from '../../libs/ops/mod.js';
import type { DecidedMessage } from './station/mod.js';

export interface AskerOptions {
  readonly bus: Bus;
  readonly timeoutMs: number;
  /** Decisions by action and outcome: `decided`, `nobody`, `late`, `unreadable`. */
  readonly decisions: Counter;
  /** Gives the answer to the actor. */
  decided(token: string, message: DecidedMessage): void;
}

/** Asks business services over the bus (`csms.decision.<Action>.<token>`); no answer in time is an answer too. */
export function createAsker({ bus, timeoutMs, decisions, decided }: AskerOptions) {
  return async (token: string, askId: string, action: string, question: unknown): Promise<void> => {
    const finish = (outcome: string, answer?: unknown) => {
      decisions.cell(action, outcome).add();
      decided(token, { type: 'decided', askId, answer });
    };
    try {
      const data = Buffer.from(JSON.stringify(question));
      const reply = await bus.request(subjects.decision(action, token), data, { timeoutMs });
      finish('decided', JSON.parse(Buffer.from(reply.data).toString()));
    } catch (error) {
      finish(outcomeOf(error));
    }
  };
}

function outcomeOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'unreadable';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'timeout' ? 'late' : 'nobody';
}
