import type { PredictionInterval } from './predictions.ts';

/** Share of truths that lie between the bounds or on one of them. */
export function intervalCoverage(
  truth: Float64Array,
  { lower, upper }: PredictionInterval,
  weight?: Float64Array,
): number {
  return meanOf(truth.length, (i) => (lower[i]! <= truth[i]! && truth[i]! <= upper[i]! ? 1 : 0), weight);
}

/** Mean distance of the bounds, in the unit of the target. */
export function intervalMeanWidth({ lower, upper }: PredictionInterval, weight?: Float64Array): number {
  return meanOf(lower.length, (i) => upper[i]! - lower[i]!, weight);
}

function meanOf(size: number, value: (i: number) => number, weight: Float64Array | undefined): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < size; i++) {
    const w = weight ? weight[i]! : 1;
    sum += w * value(i);
    total += w;
  }
  return sum / total;
}
