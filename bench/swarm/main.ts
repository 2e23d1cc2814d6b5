// A process of a swarm: plays very many stations, and notes what becomes of them.
import { ownCpu } from '../harness/cpu.js';
import { messageOf } from '../messages.js';
import type { Connected, Ran, SwarmAnswer, SwarmOrder, SwarmRun } from './protocol.js';
import { SwarmStation, type Fate } from './station.js';

/** Nothing that goes on for so long: the server has lost something. */
const PATIENCE_MS = 40_000;
/** A station gives an answer up after it. */
const CALL_TIMEOUT_MS = 30_000;
/** A connection that broke is tried again after 0.5 to 1.5 s. */
const RETRY_MS = 1000;

const [HEARTBEAT = ''] = messageOf('1.6', 'Heartbeat').calls;

let stations: SwarmStation[] = [];
let connected = 0;
let beat: Beat | undefined;
let onFate: Partial<Fate> = {};

const fate: Fate = {
  accepted: (station) => onFate.accepted?.(station),
  refused: (station, afterMs) => onFate.refused?.(station, afterMs),
  broken: (station, accepted) => onFate.broken?.(station, accepted),
  wrong: fail,
};

function tell(message: SwarmAnswer, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}

function fail(error: Error): void {
  tell({ kind: 'failed', reason: error.message }, () => process.exit(1));
}

const lostOne = (station: SwarmStation): void =>
  fail(new Error(`station ${station.number}: the server ended the connection`));

/** Fails unless what `read` tells changes now and then. */
function watch(what: string, read: () => number): NodeJS.Timeout {
  let last = read();
  return setInterval(() => {
    if (read() === last) fail(new Error(`${what}: ${last}, and no more for ${PATIENCE_MS / 1000} s`));
    last = read();
  }, PATIENCE_MS);
}

function connect(count: number, atOnce: number): Promise<Connected> {
  const coming = stations.slice(connected, connected + count);
  connected += coming.length;
  const acceptedAfterMs: number[] = [];
  const tally = { attempts: 0, refused: 0, broken: 0 };
  const startedAt = performance.now();
  const cpuBefore = ownCpu();
  const watchdog = watch(`${coming.length} stations connect, accepted`, () => acceptedAfterMs.length);
  let next = 0;
  const knock = (station: SwarmStation | undefined): void => {
    if (station === undefined) return;
    tally.attempts++;
    station.connect();
  };
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(watchdog);
      const elapsedMs = performance.now() - startedAt;
      resolve({ acceptedAfterMs, elapsedMs, cpu: ownCpu() - cpuBefore, ...tally });
    };
    onFate = {
      accepted: () => {
        acceptedAfterMs.push(performance.now() - startedAt);
        if (acceptedAfterMs.length === coming.length) finish();
        else knock(coming[next++]);
      },
      refused: (station, afterMs) => {
        tally.refused++;
        setTimeout(knock, afterMs, station);
      },
      broken: (station, accepted) => {
        if (accepted) return lostOne(station);
        tally.broken++;
        setTimeout(knock, RETRY_MS * (0.5 + Math.random()), station);
      },
    };
    if (coming.length === 0) return finish();
    for (next = 0; next < Math.min(atOnce, coming.length);) knock(coming[next++]);
  });
}

function run({ calls, roundTrips, outstanding }: SwarmRun): Promise<Ran> {
  onFate = { broken: lostOne };
  const latenciesMs: number[] = [];
  const cpuBefore = ownCpu();
  const startedAt = performance.now();
  const watchdog = watch('round trips, answered', () => latenciesMs.length);
  let sent = 0;
  let turn = 0;
  return new Promise((resolve) => {
    const send = (): void => {
      if (sent >= roundTrips) return;
      const station = stations[turn++ % connected];
      // With as many outstanding CALLs as stations the next one may still wait; another is free.
      if (station === undefined || station.isWaiting) return send();
      station.sentAt = performance.now();
      station.onAnswer = answered;
      // Each station says something else than the time before.
      station.call(calls[(Math.floor(turn / connected) + turn) % calls.length] ?? '');
      sent++;
    };
    const answered = (station: SwarmStation): void => {
      latenciesMs.push(performance.now() - station.sentAt);
      if (latenciesMs.length < roundTrips) return send();
      clearInterval(watchdog);
      resolve({ latenciesMs, elapsedMs: performance.now() - startedAt, cpu: ownCpu() - cpuBefore });
    };
    for (let at = 0; at < Math.min(outstanding, connected); at++) send();
  });
}

/** Heartbeats at an even pace, that go on whatever becomes of them. */
class Beat {
  readonly #latenciesMs: number[] = [];
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #due = 0;
  #timeouts = 0;
  #lost = 0;

  constructor(private readonly perSecond: number) {
    onFate = { broken: () => this.#lost++ };
    for (const station of stations) station.onAnswer = (answered) => this.#answered(answered);
    this.#timer = setInterval(() => this.#sendDue(), 1);
  }

  async calm(): Promise<void> {
    clearInterval(this.#timer);
    const deadline = performance.now() + CALL_TIMEOUT_MS;
    while (stations.some(({ isWaiting }) => isWaiting) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#timeouts += stations.filter(({ isWaiting }) => isWaiting).length;
    const beaten = { latenciesMs: this.#latenciesMs, timeouts: this.#timeouts, lost: this.#lost };
    tell({ kind: 'beaten', beaten });
  }

  /** Latencies count from when a Heartbeat fell due. */
  #sendDue(): void {
    const now = performance.now();
    for (;;) {
      const dueAt = this.#startedAt + (this.#due * 1000) / this.perSecond;
      const station = stations[this.#due % stations.length];
      if (dueAt > now || station === undefined) return;
      this.#due++;
      if (!station.isAccepted) continue;
      if (station.isWaiting) {
        if (now - station.sentAt > CALL_TIMEOUT_MS) this.#timeouts++;
        continue;
      }
      station.sentAt = dueAt;
      station.call(HEARTBEAT);
    }
  }

  #answered(station: SwarmStation): void {
    this.#latenciesMs.push(performance.now() - station.sentAt);
  }
}

function leave(): void {
  onFate = {};
  for (const station of stations) station.leave();
  connected = 0;
}

async function obey(order: SwarmOrder): Promise<void> {
  switch (order.kind) {
    case 'plan':
      stations = order.plan.numbers.map(
        (number, index) => new SwarmStation(order.plan, number, { address: order.source, index }, fate),
      );
      return tell({ kind: 'planned' });
    case 'connect': {
      const result = await connect(order.count, order.atOnce);
      onFate = { broken: lostOne };
      return tell({ kind: 'connected', connected: result });
    }
    case 'run':
      return tell({ kind: 'ran', ran: await run(order) });
    case 'beat':
      beat = new Beat(order.perSecond);
      return tell({ kind: 'beating' });
    case 'calm':
      await beat?.calm();
      onFate = { broken: lostOne };
      return;
    case 'leave':
      leave();
      return tell({ kind: 'left' });
  }
}

process.on('message', (order: SwarmOrder) => {
  obey(order).catch((error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
});
process.on('disconnect', () => process.exit());
