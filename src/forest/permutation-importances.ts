import type { TrainingSet } from './engine.ts';
import { type Forest, treeCount } from './forest.ts';
import { forestCells } from './forest-cells.ts';
import { predictForest } from './predict-forest.ts';
import { Random } from './random.ts';
import { changesOfSums } from './shuffled-cells.ts';

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
  const { seed, repeats } = options;
  const own = predictForest(forest, features);
  const base = lossOf(own, set);
  const shuffles = forest.features.flatMap((_, feature) => {
    const random = new Random(seed + feature + 1);
    return Array.from({ length: repeats }, () => ({ feature, order: shuffled(features.nRows, random) }));
  });
  const nTrees = treeCount(forest);
  const grown = changesOfSums(forest, forestCells(forest, features), shuffles).map(
    (change) =>
      lossOf(
        own.map((mean, i) => mean + change[i]! / nTrees),
        set,
      ) - base,
  );
  return forest.features.map(({ name }, f) => {
    const ofFeature = grown.slice(f * repeats, (f + 1) * repeats);
    const mean = ofFeature.reduce((sum, value) => sum + value, 0) / repeats;
    const variance = ofFeature.reduce((sum, value) => sum + (value - mean) ** 2, 0) / repeats;
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
