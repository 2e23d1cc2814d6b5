/** What the user asked for; undefined: the benchmark's own choice. */
export interface Settings {
  /** As few repetitions as show that everything works; the figures mean nothing. */
  readonly quick: boolean;
  readonly rounds: number | undefined;
  /** Measured round trips of each server in each round. */
  readonly roundTrips: number | undefined;
  readonly stations: number | undefined;
  /** Folder for CPU profiles of our own processes. */
  readonly profile: string | undefined;
  /** Of `roundtrip`: actions, subjects; undefined: all. */
  readonly messages?: readonly string[] | undefined;
  readonly subjects?: readonly string[] | undefined;
  /** Of `roundtrip`: how long latencies are measured at each rate; 0: not at all. */
  readonly latencySeconds?: number | undefined;
}

/** `own`, the benchmark's choice, with what the user asked for in its place. */
export function asAsked<Size extends object>(
  own: Size,
  asked: { readonly [Key in keyof Size]?: Size[Key] | undefined },
): Size {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  return { ...own, ...Object.fromEntries(given) };
}

/** One measurement of one subject (ours, or a reference) in one round. */
export interface Sample {
  readonly case: string;
  readonly subject: string;
  /** From 0. Samples of one case and round were taken right after each other, so they may be compared. */
  readonly round: number;
  /** User and system CPU time of one operation, in µs. */
  readonly cpu: number;
  /** Whatever else was measured, by name and unit (`p99 ms`). */
  readonly figures: Readonly<Record<string, number>>;
}

/** A subject to be set against a reference of the same case and round. */
export interface Comparison {
  readonly case: string;
  readonly subject: string;
  readonly reference: string;
  /** The figure whose ratio counts; left out: CPU time. */
  readonly figure?: string;
  /** Largest ratio that is good; undefined: reported only. */
  readonly target?: number;
  /** Title of the table in which it is printed; left out: the first. */
  readonly table?: string;
}

/**
 * Name of a reference that is not measured: what may not be exceeded. Its samples hold such figures; where there is no such CPU
 * time, NaN.
 */
export const AT_MOST = 'at most';

export interface Outcome {
  /** What was really used, for the record. */
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  readonly samples: readonly Sample[];
  readonly comparisons: readonly Comparison[];
}

export interface Benchmark {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** `note` shows progress; it must not be called while something is measured. */
  run(settings: Settings, note: (text: string) => void): Promise<Outcome>;
}
