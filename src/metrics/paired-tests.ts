import { chiSquaredTail, logGamma, normalTwoSided } from './gamma.ts';
import { ascendingOrder } from './order.ts';

export interface McNemar {
  /** Rows that only the first model has right, and only the second. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly pValue: number;
}

/**
 * Are two classifiers right equally often on the same rows? Exact (binomial) below 25 rows on which they differ, else
 * chi-squared with continuity correction.
 *
 * Source  McNemar 1947, Psychometrika 12(2); the choice is that of Dietterich 1998, Neural Computation 10(7)
 */
export function mcNemar(truth: Int32Array, first: Int32Array, second: Int32Array): McNemar {
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < truth.length; i++) {
    const a = first[i] === truth[i];
    const b = second[i] === truth[i];
    if (a && !b) onlyFirst++;
    else if (b && !a) onlySecond++;
  }
  const differ = onlyFirst + onlySecond;
  if (differ === 0) return { onlyFirst, onlySecond, pValue: 1 };
  if (differ >= 25) {
    const statistic = (Math.abs(onlyFirst - onlySecond) - 1) ** 2 / differ;
    return { onlyFirst, onlySecond, pValue: chiSquaredTail(statistic, 1) };
  }
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    tail += Math.exp(logGamma(differ + 1) - logGamma(k + 1) - logGamma(differ - k + 1) - differ * Math.LN2);
  }
  return { onlyFirst, onlySecond, pValue: Math.min(1, 2 * tail) };
}

export interface DeLong {
  readonly aucs: readonly [number, number];
  readonly difference: number;
  readonly standardError: number;
  readonly pValue: number;
}

/**
 * Do two scores of the same rows have the same area under the ROC curve?
 *
 * Source  DeLong et al. 1988, Biometrics 44(3); by midranks: Sun and Xu 2014, IEEE Signal Processing Letters 21(11)
 */
export function deLong(positive: Uint8Array, first: Float64Array, second: Float64Array): DeLong {
  const a = placements(positive, first);
  const b = placements(positive, second);
  const m = a.ofPositive.length;
  const n = a.ofNegative.length;
  const difference = a.auc - b.auc;
  const variance =
    varianceOfDifference(a.ofPositive, b.ofPositive) / m + varianceOfDifference(a.ofNegative, b.ofNegative) / n;
  const standardError = Math.sqrt(variance);
  const pValue = standardError > 0 ? normalTwoSided(difference / standardError) : difference === 0 ? 1 : 0;
  return { aucs: [a.auc, b.auc], difference, standardError, pValue };
}

/** For each positive row the share of negative rows below it, for each negative row the share of positive ones above. */
function placements(
  positive: Uint8Array,
  score: Float64Array,
): { ofPositive: Float64Array; ofNegative: Float64Array; auc: number } {
  const m = positive.reduce((sum, p) => sum + p, 0);
  const n = positive.length - m;
  const order = ascendingOrder(score);
  const place = new Float64Array(positive.length);
  let below = 0;
  let passed = 0;
  let i = 0;
  while (i < order.length) {
    let end = i;
    let negatives = 0;
    let positives = 0;
    while (end < order.length && score[order[end]!] === score[order[i]!]) {
      if (positive[order[end]!]) positives++;
      else negatives++;
      end++;
    }
    for (; i < end; i++) {
      const row = order[i]!;
      place[row] = positive[row] ? (below + negatives / 2) / n : 1 - (passed + positives / 2) / m;
    }
    below += negatives;
    passed += positives;
  }
  const ofPositive = place.filter((_, row) => positive[row] === 1);
  const ofNegative = place.filter((_, row) => positive[row] === 0);
  return { ofPositive, ofNegative, auc: ofPositive.reduce((sum, p) => sum + p, 0) / m };
}

function varianceOfDifference(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (a[i]! - b[i]!) / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (a[i]! - b[i]! - mean) ** 2;
  return squares / (n - 1);
}
