import { weightedMedian } from './quantile.ts';

const EPSILON = 2 ** -52;

type RowLoss = (truth: number, predicted: number) => number;

function meanOf(truth: Float64Array, predicted: Float64Array, weight: Float64Array | undefined, loss: RowLoss): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    const w = weight ? weight[i]! : 1;
    sum += w * loss(truth[i]!, predicted[i]!);
    total += w;
  }
  return sum / total;
}

/** The weighted mean; exact for a constant. */
function meanValue(values: Float64Array, weight: Float64Array | undefined): number {
  const first = values[0]!;
  return first + meanOf(values, values, weight, (t) => t - first);
}

export function meanSquaredError(truth: Float64Array, predicted: Float64Array, weight?: Float64Array): number {
  return meanOf(truth, predicted, weight, (t, p) => (t - p) * (t - p));
}

export function rootMeanSquaredError(truth: Float64Array, predicted: Float64Array, weight?: Float64Array): number {
  return Math.sqrt(meanSquaredError(truth, predicted, weight));
}

export function meanAbsoluteError(truth: Float64Array, predicted: Float64Array, weight?: Float64Array): number {
  return meanOf(truth, predicted, weight, (t, p) => Math.abs(t - p));
}

/** As a share (0.1 is 10 %); rows with truth 0 blow it up, as in scikit-learn. */
export function meanAbsolutePercentageError(
  truth: Float64Array,
  predicted: Float64Array,
  weight?: Float64Array,
): number {
  return meanOf(truth, predicted, weight, (t, p) => Math.abs(t - p) / Math.max(EPSILON, Math.abs(t)));
}

/**
 * Mean of 2 |t - p| / (|t| + |p|), from 0 to 2; a row with both 0 counts 0.
 *
 * Source  Makridakis 1993, International Journal of Forecasting 9(4)
 */
export function symmetricMeanAbsolutePercentageError(
  truth: Float64Array,
  predicted: Float64Array,
  weight?: Float64Array,
): number {
  return meanOf(truth, predicted, weight, (t, p) => {
    const size = Math.abs(t) + Math.abs(p);
    return size === 0 ? 0 : (2 * Math.abs(t - p)) / size;
  });
}

export function medianAbsoluteError(truth: Float64Array, predicted: Float64Array, weight?: Float64Array): number {
  const errors = new Float64Array(truth.length);
  for (let i = 0; i < errors.length; i++) errors[i] = Math.abs(truth[i]! - predicted[i]!);
  return weightedMedian(errors, weight);
}

/** Loss of a forecast of the quantile `alpha`; at 0.5 half the mean absolute error. */
export function meanPinballLoss(
  truth: Float64Array,
  predicted: Float64Array,
  alpha: number,
  weight?: Float64Array,
): number {
  return meanOf(truth, predicted, weight, (t, p) => (t >= p ? alpha * (t - p) : (1 - alpha) * (p - t)));
}

/** Share of rows within [low, high]. */
export function intervalCoverage(
  truth: Float64Array,
  low: Float64Array,
  high: Float64Array,
  weight?: Float64Array,
): number {
  let inside = 0;
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    const w = weight ? weight[i]! : 1;
    if (truth[i]! >= low[i]! && truth[i]! <= high[i]!) inside += w;
    total += w;
  }
  return inside / total;
}

export function maxError(truth: Float64Array, predicted: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < truth.length; i++) largest = Math.max(largest, Math.abs(truth[i]! - predicted[i]!));
  return largest;
}

/** Share of the variance explained; on a constant truth 1 when every row is met, else 0. NaN below two rows. */
export function r2Score(truth: Float64Array, predicted: Float64Array, weight?: Float64Array): number {
  if (truth.length < 2) return Number.NaN;
  const mean = meanValue(truth, weight);
  const residual = meanOf(truth, predicted, weight, (t, p) => (t - p) * (t - p));
  const spread = meanOf(truth, truth, weight, (t) => (t - mean) * (t - mean));
  return explained(residual, spread);
}

/** Like r2, but a constant shift of all predictions is not held against them. */
export function explainedVariance(truth: Float64Array, predicted: Float64Array, weight?: Float64Array): number {
  const mean = meanValue(truth, weight);
  const shift = meanOf(truth, predicted, weight, (t, p) => t - p);
  const residual = meanOf(truth, predicted, weight, (t, p) => (t - p - shift) * (t - p - shift));
  const spread = meanOf(truth, truth, weight, (t) => (t - mean) * (t - mean));
  return explained(residual, spread);
}

export function explained(residual: number, spread: number): number {
  if (spread !== 0) return 1 - residual / spread;
  return residual === 0 ? 1 : 0;
}
