import { Histogram as PromHistogram } from 'prom-client';
import { Cells } from './metric-cells.js';

type Labels = Record<string, string>;
type Sample = { value: number; labels: Labels; sharedLabels: Labels; metricName: string };

/** Counts per bucket in plain numbers; `counts` has one place more than `bounds`, for what is above them all. */
class HistogramCells {
  readonly counts: number[];
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? Infinity)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

/** A prom-client histogram whose samples come from cells, made when the metrics are read. */
export class CellHistogram extends PromHistogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #cells: Cells<HistogramCells>;

  constructor(settings: { name: string; help: string; labelNames: string[] }, buckets: readonly number[]) {
    super({ ...settings, buckets: [...buckets], registers: [] });
    this.#name = settings.name;
    this.#help = settings.help;
    this.#bounds = [...buckets];
    this.#cells = new Cells(settings.labelNames, () => new HistogramCells(this.#bounds));
  }

  cell(values: readonly string[]): HistogramCells {
    return this.#cells.get(values);
  }

  /** What prom-client's registry reads; its own version would tell the samples that were observed one by one. */
  getForPromString() {
    const values = [...this.#cells.all()].flatMap((entry) => this.#samples(entry));
    return Promise.resolve({
      name: this.#name,
      help: this.#help,
      type: 'histogram',
      aggregator: 'sum',
      values,
    });
  }

  #samples({ labels, cell }: { labels: Labels; cell: HistogramCells }): Sample[] {
    let upTo = 0;
    const samples = cell.counts.map((count, at) => {
      upTo += count;
      return this.#sample('bucket', upTo, labels, { le: String(this.#bounds[at] ?? '+Inf') });
    });
    samples.push(this.#sample('sum', cell.sum, labels, {}), this.#sample('count', upTo, labels, {}));
    return samples;
  }

  #sample(part: string, value: number, sharedLabels: Labels, labels: Labels): Sample {
    return { value, labels, sharedLabels, metricName: `${this.#name}_${part}` };
  }
}
