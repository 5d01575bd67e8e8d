import type { ClassTarget, ForestParams, NumericTarget, TrainingSet } from './engine.ts';
import { sampleCount } from './params.ts';

/**
 * The target in the form that trees are grown on, in shared memory.
 *
 * `scalar`: one number a row whose weighted squared error is reduced: regression, and two classes as 0 and 1 under gini, which is
 * twice that error. `classes`: class codes.
 */
export type Response =
  | {
      readonly kind: 'scalar';
      readonly values: Float64Array;
      readonly outputs: 1 | 2;
      readonly impurityScale: number;
      readonly offset: number;
    }
  | WholeResponse
  | { readonly kind: 'classes'; readonly codes: Int32Array; readonly outputs: number; readonly entropy: boolean };

/**
 * `scalar` in whole numbers from 0 up, of rows whose weights are whole, too: weight w and weighted sum s of rows are kept as one
 * number, w × unit + s.
 */
export interface WholeResponse {
  readonly kind: 'whole';
  readonly values: Float64Array;
  readonly outputs: 1 | 2;
  readonly impurityScale: number;
  readonly offset: number;
  /** A power of two above the weighted sum of all rows. */
  readonly unit: number;
}

/** The same response as whole numbers where it and the weights of a tree's rows are that; else as it is. */
export function wholeResponse(response: Response, weights: Float64Array, params: ForestParams): Response {
  if (response.kind !== 'scalar' || params.classWeight === 'balanced_subsample') return response;
  const { values, offset } = response;
  let [least, greatest, heaviest, total] = [values[0]!, values[0]!, 0, 0];
  for (let row = 0; row < values.length; row++) {
    const [value, weight] = [values[row]!, weights[row]!];
    if (!Number.isInteger(value) || !Number.isInteger(weight)) return response;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    heaviest = Math.max(heaviest, weight);
    total += weight;
  }
  // Of rows that are drawn each may be the heaviest.
  const most = params.bootstrap ? sampleCount(params.maxSamples, values.length) * heaviest : total;
  let unit = 1;
  while (unit <= most * (greatest - least)) unit *= 2;
  // Products of a sum and a weight stay exact, too.
  if (most * unit > Number.MAX_SAFE_INTEGER || !Number.isSafeInteger(offset + least)) return response;
  const whole = shared(values.map((value) => value - least));
  return { ...response, kind: 'whole', values: whole, offset: offset + least, unit };
}

export function responseOf(target: ClassTarget | NumericTarget, params: ForestParams): Response {
  if (target.task === 'regression') {
    // Sums of numbers far from 0 would lose what tells them apart; a whole offset keeps whole numbers exact.
    const mean = target.values.reduce((sum, value) => sum + value, 0) / target.values.length;
    const offset = target.values.every(Number.isInteger) ? Math.round(mean) : mean;
    const values = shared(target.values.map((value) => value - offset));
    return { kind: 'scalar', values, outputs: 1, impurityScale: 1, offset };
  }
  const { codes, classes } = target;
  if (classes.length === 2 && params.criterion === 'gini') {
    return { kind: 'scalar', values: shared(Float64Array.from(codes)), outputs: 2, impurityScale: 2, offset: 0 };
  }
  const copy = new Int32Array(new SharedArrayBuffer(4 * codes.length));
  copy.set(codes);
  return { kind: 'classes', codes: copy, outputs: classes.length, entropy: params.criterion === 'entropy' };
}

/** Weight of each row before rows are drawn: sample weights times class weights. */
export function rowWeights(set: TrainingSet, params: ForestParams): Float64Array {
  const weights = new Float64Array(new SharedArrayBuffer(8 * set.features.nRows));
  if (set.sampleWeight) weights.set(set.sampleWeight);
  else weights.fill(1);
  const { target } = set;
  if (target.task !== 'classification' || params.classWeight === null || params.classWeight === 'balanced_subsample') {
    return weights;
  }
  const given = params.classWeight;
  const ofClass =
    given === 'balanced'
      ? balancedWeights(target.codes, target.classes.length, set.sampleWeight)
      : Float64Array.from(target.classes, (name) => given[name] ?? 1);
  for (let row = 0; row < weights.length; row++) weights[row]! *= ofClass[target.codes[row]!]!;
  return weights;
}

/** nRows / (classes × rows of the class), as in scikit-learn. */
export function balancedWeights(
  codes: Int32Array | Float64Array,
  nClasses: number,
  multiplicity?: Float64Array | Uint16Array,
): Float64Array {
  const counts = new Float64Array(nClasses);
  let total = 0;
  for (let row = 0; row < codes.length; row++) {
    const times = multiplicity ? multiplicity[row]! : 1;
    counts[codes[row]!]! += times;
    total += times;
  }
  return counts.map((count) => (count === 0 ? 0 : total / (nClasses * count)));
}

function shared(values: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(8 * values.length));
  copy.set(values);
  return copy;
}
