import { Child } from '../harness/child.js';
import type { FromLoad, LoadResult, Pace, Plan, ToLoad } from './protocol.js';

/** The load process, from the benchmark's side. */
export interface Load {
  /** At a pace, or as fast as answers come. @throws Error on the first answer that is wrong or missing. */
  run(roundTrips: number, pace?: Pace): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** Starts the load process; its stations are connected and have sent what comes before the measured messages. */
export async function startLoad(plan: Plan): Promise<Load> {
  const child = new Child({ script: new URL('main.js', import.meta.url) });
  const order = async (message: ToLoad): Promise<FromLoad> => {
    // The load process itself notices when nothing goes on.
    const answer = await child.ask(message, (from) => from as FromLoad);
    if (answer.kind === 'failed') throw new Error(answer.reason);
    return answer;
  };
  try {
    await order({ plan });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    async run(roundTrips, pace) {
      const answer = await order({ run: { roundTrips, ...(pace !== undefined && { pace }) } });
      if (answer.kind !== 'done') throw new Error(`the load process answered a run by '${answer.kind}'`);
      return answer.result;
    },
    stop: () => child.stop(),
  };
}
