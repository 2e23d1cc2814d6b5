import type { Clock } from '../../../libs/clock/mod.js';
import type { Metrics } from '../../../libs/ops/mod.js';
import type { AdmissionControl, AdmissionCounts, StationClass } from './admission-control.js';
import type { RunningSet } from './running-set.js';

export interface AdmissionMetrics extends AdmissionCounts {
  /** Where transactions run could not be read from the store, or written to it. */
  failed(what: 'read' | 'write'): void;
}

/** What the gauges show. */
export interface AdmissionReadings {
  readonly admission: Pick<AdmissionControl, 'backlog'>;
  readonly running: Pick<RunningSet, 'size' | 'entries' | 'age'>;
}

/** @param readings called when the metrics are read. */
export function admissionMetrics(
  metrics: Metrics,
  clock: Clock,
  readings: () => AdmissionReadings,
): AdmissionMetrics {
  const counter = (name: string, help: string, label: string) =>
    metrics.counter({ name: `stationmaster_edge_${name}_total`, help, labels: [label] });
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.gauge({ name: `stationmaster_edge_${name}`, help }, read);
  const admissions = counter(
    'admissions',
    'Handshakes that were taken up, by whether a transaction was known to run at the station.',
    'class',
  );
  const refused = counter(
    'admissions_refused',
    'Handshakes past the connection rate, by whether a transaction was known to run at the station.',
    'class',
  );
  const errors = counter(
    'running_errors',
    'Failures to read or write in the store at which stations a transaction runs.',
    'what',
  );
  const cellsOf = (of: typeof admissions): Record<StationClass, ReturnType<typeof of.cell>> => ({
    running: of.cell('running'),
    other: of.cell('other'),
  });
  const [in_, out] = [cellsOf(admissions), cellsOf(refused)];
  gauge(
    'admission_backlog',
    'Stations that were told to come back later and whose turn has not come.',
    () => readings().admission.backlog,
  );
  gauge(
    'running_stations',
    'Stations of all edges at which a transaction is known to run.',
    () => readings().running.size,
  );
  gauge(
    'running_entries',
    'What edges have said of running transactions, an entry for each life of one.',
    () => readings().running.entries,
  );
  metrics.gauge(
    {
      name: 'stationmaster_edge_running_stations_age_seconds',
      help: 'Time since it was read at which stations a transaction runs: some minutes in quiet times.',
    },
    () => {
      const age = readings().running.age(clock.monotonic());
      return age === undefined ? [] : [[[], age / 1000] as const];
    },
  );
  return {
    admitted: (which) => in_[which].add(),
    turnedAway: (which) => out[which].add(),
    failed: (what) => errors.cell(what).add(),
  };
}
