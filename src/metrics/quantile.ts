import { ascendingOrder } from './order.ts';

/** The quantile of ascending numbers by linear interpolation, numpy's default. NaN of nothing. */
export function quantileSorted(sorted: Float64Array | readonly number[], q: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const at = q * (n - 1);
  const low = Math.floor(at);
  const a = sorted[low]!;
  const b = sorted[Math.min(low + 1, n - 1)]!;
  const t = at - low;
  // numpy's form, exact at both ends.
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

/** The numbers that are there, ascending. */
export function presentSorted(values: Float64Array): Float64Array {
  let n = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) n++;
  const out = new Float64Array(n);
  n = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) out[n++] = values[i]!;
  return out.sort();
}

/** The median; with weights the mean of the lower and the upper weighted median. */
export function weightedMedian(values: Float64Array, weight?: Float64Array): number {
  if (!weight) return quantileSorted(values.slice().sort(), 0.5);
  const order = ascendingOrder(values);
  let total = 0;
  for (let i = 0; i < weight.length; i++) total += weight[i]!;
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    sum += weight[order[i]!]!;
    if (sum < total / 2) continue;
    if (sum > total / 2) return values[order[i]!]!;
    let next = i + 1;
    while (next < order.length && weight[order[next]!] === 0) next++;
    return (values[order[i]!]! + values[order[Math.min(next, order.length - 1)]!]!) / 2;
  }
  return Number.NaN;
}
