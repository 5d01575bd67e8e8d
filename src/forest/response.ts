import type { ClassTarget, ForestParams, NumericTarget, TrainingSet } from './engine.ts';

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
  | { readonly kind: 'classes'; readonly codes: Int32Array; readonly outputs: number; readonly entropy: boolean };

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
  multiplicity?: Float64Array,
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
