import type { Timer } from '../../clock/mod.js';
import { formatTimestamp, type Request } from '../../ocpp/mod.js';
import type { Variable } from '../model/variables.js';
import type { Dialect2x } from './dialect.js';

type Setting = Request<'2.1', 'SetVariableMonitoring'>['setMonitoringData'][number];

/** A variable monitor (N04). */
export interface Monitor {
  readonly id: number;
  readonly setting: Setting;
  readonly variable: Variable;
}

const PERIODIC: readonly string[] = ['Periodic', 'PeriodicClockAligned'];

/** The variable monitors of a station. Periodic ones report by NotifyEvent; thresholds on constant values stay silent. */
export class Monitors {
  readonly #dialect: Dialect2x;
  readonly #monitors = new Map<number, Monitor>();
  readonly #timers = new Map<number, Timer>();
  #nextId = 1;
  #nextEventId = 1;

  static readonly CAPACITY = 100;

  constructor(dialect: Dialect2x) {
    this.#dialect = dialect;
  }

  get(id: number): Monitor | undefined {
    return this.#monitors.get(id);
  }

  list(): Monitor[] {
    return [...this.#monitors.values()];
  }

  /** A monitor of the same type on the same variable, other than `id`. */
  twin(variable: Variable, type: Setting['type'], id: number | undefined): Monitor | undefined {
    return this.list().find(
      (monitor) =>
        monitor.id !== id &&
        monitor.setting.type === type &&
        monitor.variable.spec === variable.spec &&
        monitor.variable.evseId === variable.evseId,
    );
  }

  /** Adds a monitor, or replaces that of `setting.id`. Undefined: there is no room. */
  set(variable: Variable, setting: Setting): Monitor | undefined {
    const id = setting.id ?? this.#nextId++;
    if (!this.#monitors.has(id) && this.#monitors.size >= Monitors.CAPACITY) return undefined;
    const monitor: Monitor = { id, setting, variable };
    this.#monitors.set(id, monitor);
    this.#arm(monitor);
    return monitor;
  }

  /** False when there was none. */
  clear(id: number): boolean {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
    return this.#monitors.delete(id);
  }

  /** Begins to watch anew after a restart of the station. */
  restart(): void {
    for (const monitor of this.list()) this.#arm(monitor);
  }

  #arm(monitor: Monitor): void {
    this.#timers.get(monitor.id)?.cancel();
    const { setting } = monitor;
    const reportsItself = PERIODIC.includes(setting.type) && setting.periodicEventStream === undefined;
    if (!reportsItself) return;
    const timer = this.#dialect.station.timers.after(Math.max(setting.value, 1) * 1000, () => {
      this.#notify(monitor);
      this.#arm(monitor);
    });
    this.#timers.set(monitor.id, timer);
  }

  #notify(monitor: Monitor): void {
    const { station, variables } = this.#dialect;
    const now = formatTimestamp(station.clock.now());
    const request: Request<'2.1', 'NotifyEvent'> = {
      generatedAt: now,
      seqNo: 0,
      eventData: [
        {
          eventId: this.#nextEventId++,
          timestamp: now,
          trigger: 'Periodic',
          actualValue: variables.value(monitor.variable),
          component: monitor.setting.component,
          variable: monitor.setting.variable,
          variableMonitoringId: monitor.id,
          eventNotificationType: 'CustomMonitor',
        },
      ],
    };
    station.session.call('NotifyEvent', request);
  }
}
