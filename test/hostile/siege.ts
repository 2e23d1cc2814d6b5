import { VERSIONS, type Version } from '../../libs/ocpp/mod.js';
import { pick, randomFor, type Random } from '../driven/random.js';
import { Session } from './session.js';
import type { Tally } from './tally.js';
import type { Endpoint } from './wire/line.js';

/** One kind of attack: what it sends is decided by its seed alone. */
export interface Attack {
  readonly name: string;
  /** Of the frames of the whole campaign; 0: it sends its own number. */
  readonly share: number;
  /** True: most of its time is waiting, so it runs beside the others. */
  readonly background?: boolean;
  run(siege: Siege): Promise<void>;
}

export interface SiegeOptions {
  readonly endpoint: Endpoint;
  /** A second gateway, which knows one station (attacks/closed-door.ts). */
  readonly door: Endpoint | undefined;
  readonly seed: number;
  readonly tally: Tally;
  /** Frames that this attack is to send. */
  readonly frames: number;
  /** Frames of the whole campaign. */
  readonly campaign: number;
  /** Wait for the gateway's own time limits, which take up to a minute. */
  readonly patient: boolean;
}

/** Numbers of connections and the like are given for a campaign of a million frames. */
const WHOLE_CAMPAIGN = 1_000_000;

/** What an attack works with. */
export class Siege {
  constructor(readonly options: SiegeOptions) {}

  get endpoint(): Endpoint {
    return this.options.endpoint;
  }

  get tally(): Tally {
    return this.options.tally;
  }

  get frames(): number {
    return this.options.frames;
  }

  get patient(): boolean {
    return this.options.patient;
  }

  /** The share of `count` that is due in a campaign of this size; at least `least`. */
  scaled(count: number, least = 1): number {
    return Math.max(least, Math.round((count * this.options.campaign) / WHOLE_CAMPAIGN));
  }

  random(...parts: readonly (string | number)[]): Random {
    return randomFor(this.options.seed, this.tally.attack, ...parts);
  }

  /**
   * Opens the `n`th WebSocket of this attack. A lane has the same few station ids all the time: how many stations the
   * gateway knows does not depend on how long the attack goes on.
   */
  async open(n: number, lane: number, choice: readonly Version[] = VERSIONS): Promise<Session | undefined> {
    const random = this.random(n);
    const version = pick(random, choice);
    const { endpoint, tally } = this;
    const stationId = `HOSTILE-${tally.attack.replaceAll(' ', '-')}-${lane}-${version}`;
    const session = await Session.open({ endpoint, stationId, version, random, tally, name: `${n}` });
    if (session === undefined) tally.problem(`connection ${n} was not accepted`);
    return session;
  }
}

/** Does `work` for 0 … total - 1, in so many lanes at the same time. */
export async function inLanes(
  total: number,
  lanes: number,
  work: (n: number, lane: number) => Promise<void>,
): Promise<void> {
  const oneLane = async (lane: number): Promise<void> => {
    for (let n = lane; n < total; n += lanes) await work(n, lane);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, total) }, (_, lane) => oneLane(lane)));
}

/** Waits for the end of a connection, but not longer than this; undefined: it is still there. */
export async function endingOf(session: Session, deadlineMs: number): Promise<Session['line']['ending']> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), deadlineMs);
  });
  const ending = await Promise.race([session.line.ended, late]);
  clearTimeout(timer);
  return ending;
}
