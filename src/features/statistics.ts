/**
 * A quantile of ascending numbers, interpolated linearly, to the same bit as numpy's.
 *
 * Source  Hyndman and Fan 1996, The American Statistician 50(4), definition 7
 */
export function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const part = position - below;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

/** Mean and population variance, in two passes; of sums whose error does not grow with the number of rows. */
export function meanAndVariance(values: Float64Array): { mean: number; variance: number } {
  const n = values.length;
  const mean = sumOf(values, (value) => value) / n;
  const squares = sumOf(values, (value) => (value - mean) ** 2);
  const rest = sumOf(values, (value) => value - mean);
  return { mean, variance: (squares - (rest * rest) / n) / n };
}

/** Neumaier 1974: the rounding errors are added up beside the sum. */
function sumOf(values: Float64Array, term: (value: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const next = term(values[i]!);
    const total = sum + next;
    lost += Math.abs(sum) >= Math.abs(next) ? sum - total + next : next - total + sum;
    sum = total;
  }
  return sum + lost;
}

/** What to divide by so that the variance becomes 1; 1 for a constant column. */
export function standardScale(n: number, mean: number, variance: number): number {
  return isConstant(n, mean, variance) ? 1 : nonZeroScale(Math.sqrt(variance));
}

/**
 * Whether a variance is rounding error alone.
 *
 * Source  Chan, Golub and LeVeque 1983, The American Statistician 37(3): the bound of the error
 */
export function isConstant(n: number, mean: number, variance: number): boolean {
  return variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2;
}

/** 1 in place of a width that is rounding error. */
export function nonZeroScale(scale: number): number {
  return scale < 10 * Number.EPSILON ? 1 : scale;
}
