import type { Test } from './distances.ts';
import { presentSorted } from './quantile.ts';

/** Beyond this many lattice points the p-value of Kolmogorov's limit is as good and much cheaper. */
const MOST_EXACT = 4_000_000;

/**
 * Kolmogorov-Smirnov test of two samples, missing values left out. The p-value is exact while n × m ≤ 4 million, else that
 * of the limiting distribution.
 */
export function kolmogorovSmirnov(first: Float64Array, second: Float64Array): Test {
  const a = presentSorted(first);
  const b = presentSorted(second);
  const statistic = largestGap(a, b);
  if (a.length === 0 || b.length === 0) return { statistic: 0, pValue: 1 };
  const pValue =
    a.length * b.length <= MOST_EXACT
      ? exactTail(statistic, a.length, b.length)
      : kolmogorovTail(statistic, a.length, b.length);
  return { statistic, pValue };
}

function largestGap(a: Float64Array, b: Float64Array): number {
  let i = 0;
  let j = 0;
  let gap = 0;
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= at) i++;
    while (j < b.length && b[j]! <= at) j++;
    gap = Math.max(gap, Math.abs(i / a.length - j / b.length));
  }
  return gap;
}

/**
 * P(D ≥ d) of two samples of one continuous distribution, by counting lattice paths that stay within the band.
 *
 * Source  Schröer and Trenkler 1995, Computational Statistics & Data Analysis 20(2)
 */
function exactTail(d: number, n: number, m: number): number {
  const [long, short] = n >= m ? [n, m] : [m, n];
  // Gaps are multiples of 1 / (n m): half a step below d tells apart without rounding.
  const limit = d * long * short - 0.5;
  const outside = (i: number, j: number): boolean => Math.abs(i * short - j * long) > limit;
  // leave[j]: probability that a random path through (i, j) has left the band by then
  const leave = new Float64Array(short + 1);
  for (let j = 1; j <= short; j++) leave[j] = outside(0, j) || leave[j - 1] === 1 ? 1 : 0;
  for (let i = 1; i <= long; i++) {
    if (outside(i, 0)) leave[0] = 1;
    for (let j = 1; j <= short; j++) {
      leave[j] = outside(i, j) ? 1 : (i * leave[j]! + j * leave[j - 1]!) / (i + j);
    }
  }
  return d <= 0 ? 1 : leave[short]!;
}

/** P(D ≥ d) in the limit of many rows. */
export function kolmogorovTail(d: number, n: number, m: number): number {
  const x = d * Math.sqrt((n / (n + m)) * m);
  if (x <= 0) return 1;
  if (x < 1) {
    let sum = 0;
    for (let k = 1; k < 40; k += 2) sum += Math.exp((-(k * k) * Math.PI * Math.PI) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 1; k < 40; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return sum;
}

/** First Wasserstein distance of two samples, in their unit; missing values left out. */
export function wassersteinDistance(first: Float64Array, second: Float64Array): number {
  const a = presentSorted(first);
  const b = presentSorted(second);
  if (a.length === 0 || b.length === 0) return Number.NaN;
  let i = 0;
  let j = 0;
  let sum = 0;
  let at = Math.min(a[0]!, b[0]!);
  while (i < a.length || j < b.length) {
    const next = Math.min(
      i < a.length ? a[i]! : Number.POSITIVE_INFINITY,
      j < b.length ? b[j]! : Number.POSITIVE_INFINITY,
    );
    sum += Math.abs(i / a.length - j / b.length) * (next - at);
    at = next;
    while (i < a.length && a[i] === at) i++;
    while (j < b.length && b[j] === at) j++;
  }
  return sum;
}
