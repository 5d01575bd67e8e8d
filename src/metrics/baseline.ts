import type { Predictions, Target } from './predictions.ts';

/** What a model has to beat: always the mean of the training target, or its most frequent class and class shares. */
export type Baseline =
  | { readonly task: 'regression'; readonly mean: number }
  | { readonly task: 'classification'; readonly classes: readonly string[]; readonly shares: readonly number[] };

/** @param target of the training rows */
export function baselineOf(target: Target, weight?: Float64Array): Baseline {
  let total = 0;
  if (target.task === 'regression') {
    let sum = 0;
    for (let i = 0; i < target.values.length; i++) {
      const w = weight ? weight[i]! : 1;
      sum += w * target.values[i]!;
      total += w;
    }
    return { task: 'regression', mean: sum / total };
  }
  const shares = target.classes.map(() => 0);
  for (let i = 0; i < target.codes.length; i++) {
    const w = weight ? weight[i]! : 1;
    shares[target.codes[i]!]! += w;
    total += w;
  }
  return { task: 'classification', classes: target.classes, shares: shares.map((share) => share / total) };
}

/** The predictions of the baseline for `nRows` rows, classes in the order of `classes`. */
export function baselinePredictions(baseline: Baseline, nRows: number, classes: readonly string[]): Predictions {
  if (baseline.task === 'regression') {
    return { task: 'regression', values: new Float64Array(nRows).fill(baseline.mean) };
  }
  const shares = classes.map((name) => {
    const at = baseline.classes.indexOf(name);
    return at === -1 ? 0 : baseline.shares[at]!;
  });
  const probabilities = new Float64Array(nRows * classes.length);
  for (let i = 0; i < probabilities.length; i++) probabilities[i] = shares[i % classes.length]!;
  const labels = new Int32Array(nRows).fill(shares.indexOf(Math.max(...shares)));
  return { task: 'classification', classes, labels, probabilities };
}
