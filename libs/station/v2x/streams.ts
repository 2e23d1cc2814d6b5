import type { Timer } from '../../clock/mod.js';
import { formatTimestamp, type Request, type Response } from '../../ocpp/mod.js';
import { readMember } from '../payload.js';
import type { Dialect2x } from './dialect.js';
import type { Monitor } from './monitors.js';

type StreamData = NonNullable<Response<'2.1', 'GetPeriodicEventStream'>['constantStreamData']>[number];
export type StreamParams = StreamData['params'];

/** Seconds between two readings where the central system leaves it open. */
const DEFAULT_INTERVAL = 60;

interface Stream {
  readonly monitor: Monitor;
  params: StreamParams;
  timer: Timer | undefined;
}

/** Periodic event streams (2.1 N11 to N15): a monitor's readings, sent as SENDs that nobody answers. */
export class EventStreams {
  readonly #dialect: Dialect2x;
  readonly #streams = new Map<number, Stream>();

  constructor(dialect: Dialect2x) {
    this.#dialect = dialect;
  }

  /** The streams that run, under the ids of their monitors. */
  list(): StreamData[] {
    return [...this.#streams].map(([id, { monitor, params }]) => ({
      id,
      params,
      variableMonitoringId: monitor.id,
    }));
  }

  /** Asks for a stream; it runs once the central system has accepted it. */
  open(monitor: Monitor, params: StreamParams): void {
    const { session } = this.#dialect.station;
    const constantStreamData: StreamData = { id: monitor.id, params, variableMonitoringId: monitor.id };
    const request: Request<'2.1', 'OpenPeriodicEventStream'> = { constantStreamData };
    session.call('OpenPeriodicEventStream', request, {
      done: (outcome) => {
        const accepted = outcome.kind === 'result' && readMember(outcome.payload, 'status') === 'Accepted';
        if (!accepted || this.#dialect.features.monitors.get(monitor.id) !== monitor) return;
        this.#streams.set(monitor.id, { monitor, params, timer: undefined });
        this.#arm(monitor.id);
      },
    });
  }

  /** False when no such stream runs. */
  adjust(id: number, params: StreamParams): boolean {
    const stream = this.#streams.get(id);
    if (stream === undefined) return false;
    stream.params = params;
    this.#arm(id);
    return true;
  }

  /** Forgets all streams: they end with a restart of the station. */
  clear(): void {
    for (const stream of this.#streams.values()) stream.timer?.cancel();
    this.#streams.clear();
  }

  /** Ends a stream and says so. */
  close(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.timer?.cancel();
    this.#streams.delete(id);
    const request: Request<'2.1', 'ClosePeriodicEventStream'> = { id };
    this.#dialect.station.session.call('ClosePeriodicEventStream', request);
  }

  #arm(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.timer?.cancel();
    const seconds = stream.params.interval ?? DEFAULT_INTERVAL;
    stream.timer = this.#dialect.station.timers.after(Math.max(seconds, 1) * 1000, () => {
      this.#report(id, stream);
      this.#arm(id);
    });
  }

  #report(id: number, { monitor }: Stream): void {
    const { station, variables } = this.#dialect;
    const request: Request<'2.1', 'NotifyPeriodicEventStream'> = {
      id,
      pending: 0,
      basetime: formatTimestamp(station.clock.now()),
      data: [{ t: 0, v: variables.value(monitor.variable) }],
    };
    station.session.send('NotifyPeriodicEventStream', request);
  }
}
