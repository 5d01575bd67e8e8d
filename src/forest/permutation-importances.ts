import type { Column, Table } from '../data/table.ts';
import type { TrainingSet } from './engine.ts';
import type { Forest } from './forest.ts';
import { predictForest } from './predict-forest.ts';
import { Random } from './random.ts';

export interface Importance {
  readonly feature: string;
  /** How much the loss grows when the feature's cells are shuffled: mean squared error, or log loss. */
  readonly mean: number;
  readonly std: number;
}

/**
 * How much worse the predictions become without each feature, on rows that the forest has not seen.
 *
 * Source  Breiman 2001, section 10
 */
export function permutationImportances(
  forest: Forest,
  set: TrainingSet,
  options: { seed: number; repeats: number },
): Importance[] {
  const { features } = set;
  const base = lossOf(predictForest(forest, features), set);
  return forest.features.map(({ name }, f) => {
    const random = new Random(options.seed + f + 1);
    const grown = Array.from({ length: options.repeats }, () => {
      const order = shuffled(features.nRows, random);
      const columns = features.columns.map((column) => (column.name === name ? reordered(column, order) : column));
      const table: Table = { nRows: features.nRows, columns };
      return lossOf(predictForest(forest, table), set) - base;
    });
    const mean = grown.reduce((sum, value) => sum + value, 0) / grown.length;
    const variance = grown.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grown.length;
    return { feature: name, mean, std: Math.sqrt(variance) };
  });
}

/** Probabilities this small count as this much, so that one row cannot decide. */
const LEAST_PROBABILITY = 1e-3;

function lossOf(predicted: Float64Array, { target }: TrainingSet): number {
  let loss = 0;
  if (target.task === 'regression') {
    for (let i = 0; i < target.values.length; i++) loss += (predicted[i]! - target.values[i]!) ** 2;
    return loss / target.values.length;
  }
  const width = predicted.length / target.codes.length;
  for (let i = 0; i < target.codes.length; i++) {
    const code = target.codes[i]!;
    const probability = code < width ? predicted[i * width + code]! : 0;
    loss -= Math.log(Math.max(LEAST_PROBABILITY, probability));
  }
  return loss / target.codes.length;
}

function shuffled(size: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function reordered(column: Column, order: Int32Array): Column {
  if (column.kind === 'categorical') return { ...column, codes: order.map((from) => column.codes[from]!) };
  return { ...column, values: Float64Array.from(order, (from) => column.values[from]!) };
}
