import { Counter as PromCounter, Gauge as PromGauge, Registry } from 'prom-client';
import { Cells } from './metric-cells.js';
import { CellHistogram } from './metric-histogram.js';
import { measureProcess } from './process-metrics.js';

/**
 * The metrics of one process. Counting costs an addition: values live in cells and reach prom-client only when
 * /metrics is read (a labelled increment of prom-client itself takes about 350 ns). Never put a station id, or anything
 * else without a small known set of values, into a label.
 */
export interface Metrics {
  counter(definition: Definition): Counter;
  /** `read` is called when the metrics are read; it yields pairs of label values and value, or one number. */
  gauge(definition: Definition, read: () => GaugeReading): void;
  histogram(definition: Definition & { readonly buckets: readonly number[] }): Histogram;
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface Definition {
  /** `stationmaster_…` in base units; a counter's ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

export type GaugeReading = number | Iterable<readonly [labelValues: readonly string[], value: number]>;

export interface Counter {
  /** The cell of these label values, in the order of the labels. Get it once and keep it. */
  cell(...labelValues: string[]): Cell;
}

export interface Cell {
  add(by?: number): void;
  readonly value: number;
}

export interface Histogram {
  cell(...labelValues: string[]): HistogramCell;
}

export interface HistogramCell {
  observe(value: number): void;
}

class CounterCell implements Cell {
  value = 0;
  add(by = 1): void {
    this.value += by;
  }
}

function checked(
  definition: Definition,
  suffix: string,
): { name: string; help: string; labelNames: string[] } {
  if (!/^stationmaster_[a-z0-9_]+$/.test(definition.name) || !definition.name.endsWith(suffix)) {
    throw new Error(`metric name ${definition.name} must be stationmaster_…${suffix} in snake_case`);
  }
  return { name: definition.name, help: definition.help, labelNames: [...(definition.labels ?? [])] };
}

function defineCounter(registry: Registry, definition: Definition): Counter {
  const settings = checked(definition, '_total');
  const cells = new Cells(settings.labelNames, () => new CounterCell());
  new PromCounter({
    ...settings,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, cell } of cells.all()) this.inc(labels, cell.value);
    },
  });
  return { cell: (...values) => cells.get(values) };
}

function defineGauge(registry: Registry, definition: Definition, read: () => GaugeReading): void {
  const settings = checked(definition, '');
  new PromGauge({
    ...settings,
    registers: [registry],
    collect() {
      this.reset();
      const reading = read();
      if (typeof reading === 'number') return this.set(reading);
      for (const [values, value] of reading) this.labels(...values).set(value);
    },
  });
}

/** Also measures the process itself: CPU, memory, file handles, event-loop lag. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  measureProcess(registry);
  return {
    counter: (definition) => defineCounter(registry, definition),
    gauge: (definition, read) => defineGauge(registry, definition, read),
    histogram: (definition) => {
      const settings = checked(definition, '');
      const histogram = new CellHistogram(settings, definition.buckets);
      registry.registerMetric(histogram);
      return { cell: (...values) => histogram.cell(values) };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
