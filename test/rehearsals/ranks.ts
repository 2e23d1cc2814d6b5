/** The value below which `share` of them are; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * How often one of the first comes before one of the others, of all pairs: 1 when all do, 0.5 when there is no difference (Mann and
 * Whitney). Equal ones count a half.
 */
export function shareBefore(first: readonly number[], others: readonly number[]): number {
  const sorted = [...others].sort((one, other) => one - other);
  let before = 0;
  for (const value of first) {
    const smaller = countBelow(sorted, (other) => other < value);
    const smallerOrEqual = countBelow(sorted, (other) => other <= value);
    before += sorted.length - smallerOrEqual + (smallerOrEqual - smaller) / 2;
  }
  return before / (first.length * others.length);
}

/** Of a sorted list that `isBelow` is true of the first part of. */
function countBelow(sorted: readonly number[], isBelow: (value: number) => boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isBelow(sorted[middle] ?? 0)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** How many fall into each second since `from`. */
export function perSecond(times: readonly number[], from: number): number[] {
  const counts: number[] = [];
  for (const time of times.filter(Number.isFinite)) {
    const second = Math.max(0, Math.floor((time - from) / 1000));
    while (counts.length <= second) counts.push(0);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

/**
 * By how many the arrivals were ever more than a token bucket lets in that is full at `from`; 0 or less: never.
 * @param rate a second. @param burst at once.
 */
export function excessOver(
  { rate, burst }: { readonly rate: number; readonly burst: number },
  times: readonly number[],
  from: number,
): number {
  const sorted = [...times].sort((one, other) => one - other);
  return Math.max(-burst, ...sorted.map((time, at) => at + 1 - burst - (rate * (time - from)) / 1000));
}
