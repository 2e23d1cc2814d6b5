import type { Clock } from '../../../libs/clock/mod.js';
import type { Logger, Metrics } from '../../../libs/ops/mod.js';
import type { RunningStations } from '../../../libs/store/mod.js';
import type { EdgeConfig } from '../config.js';
import type { Registry } from '../registry.js';
import { AdmissionControl } from './admission-control.js';
import { admissionMetrics } from './metrics.js';
import { RunningReport } from './running-report.js';
import { RunningSet } from './running-set.js';

export interface AdmissionsOptions {
  readonly running: RunningStations;
  readonly registry: Registry;
  readonly config: EdgeConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How long a start waits to learn where transactions run, and a drain to say it. */
const WAIT_MS = 2000;

/** Who is let in when many come at once; and what this edge tells the others for that. */
export class Admissions {
  readonly #control: AdmissionControl;
  readonly #running: RunningSet;
  readonly #report: RunningReport;

  constructor(private readonly options: AdmissionsOptions) {
    const { metrics, clock } = options;
    const counts = admissionMetrics(metrics, clock, () => ({
      admission: this.#control,
      running: this.#running,
    }));
    this.#running = new RunningSet({ ...options, failed: () => counts.failed('read') });
    this.#control = new AdmissionControl({ ...options, running: this.#running, counts });
    this.#report = new RunningReport({ ...options, failed: () => counts.failed('write') });
  }

  /** See `AdmissionControl`. */
  knock(stationId: string): number | undefined {
    return this.#control.knock(stationId);
  }

  /** To be called before the first one knocks: resolves when it is known where transactions run, after two seconds at the latest. */
  async start(): Promise<void> {
    if (this.options.config.connectionRate > 0) {
      await this.#running.load(WAIT_MS);
      this.#running.start();
    }
    this.#report.start();
  }

  /** To be called before the first connection is closed. Resolves when the others can know where transactions ran here. */
  async leave(): Promise<void> {
    await this.#report.last(WAIT_MS);
  }

  stop(): void {
    this.#running.stop();
    this.#report.stop();
  }
}
