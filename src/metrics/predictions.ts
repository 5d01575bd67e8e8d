import type { ClassTarget, NumericTarget } from '../forest/engine.ts';

/** What a classifier says of each row. */
export interface ClassPredictions {
  readonly task: 'classification';
  readonly classes: readonly string[];
  /** Codes into `classes`, one a row. */
  readonly labels: Int32Array;
  /** nRows × classes, row-major. */
  readonly probabilities: Float64Array;
}

/** What a regressor says of each row. */
export interface ValuePredictions {
  readonly task: 'regression';
  readonly values: Float64Array;
  /** Quantiles between which the truth is expected; one each a row. */
  readonly interval?: PredictionInterval;
}

export interface PredictionInterval {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export type Predictions = ClassPredictions | ValuePredictions;
export type Target = ClassTarget | NumericTarget;

export function rowCount(of: Predictions | Target): number {
  if (of.task === 'regression') return of.values.length;
  return 'labels' in of ? of.labels.length : of.codes.length;
}

/** Column `label` of row-major probabilities. */
export function probabilityOf(predictions: ClassPredictions, label: number): Float64Array {
  const k = predictions.classes.length;
  const out = new Float64Array(predictions.labels.length);
  for (let i = 0; i < out.length; i++) out[i] = predictions.probabilities[i * k + label]!;
  return out;
}

/** 1 where the code is `label`, else 0. */
export function indicatorOf(codes: Int32Array, label: number): Uint8Array {
  const out = new Uint8Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = codes[i] === label ? 1 : 0;
  return out;
}
