import type { ClassTarget } from '../forest/engine.ts';
import { Random } from '../forest/random.ts';
import { descendingOrder } from './order.ts';
import { type ClassPredictions, indicatorOf, type Predictions, probabilityOf, type Target } from './predictions.ts';
import { brierOfRow, logLossOfRow } from './probability.ts';
import { rocAucInOrder } from './ranking.ts';
import { explained } from './regression.ts';

/** Rows of one group are drawn together. */
export interface RowGroups {
  /** The group of each row. */
  readonly group: Int32Array;
  readonly groups: number;
}

/** Up to this many rows each is a group of its own. */
const MOST_GROUPS = 10_000;

/**
 * Random groups of equal size, so that resampling stays cheap from ten thousand rows up. The variance of a resampled metric
 * is that of single rows but for √(2 / groups) ≈ 1.4 %.
 */
export function groupRows(nRows: number, seed: number): RowGroups {
  const groups = Math.min(nRows, MOST_GROUPS);
  const group = new Int32Array(nRows);
  for (let i = 0; i < nRows; i++) group[i] = i % groups;
  if (groups < nRows) {
    const random = new Random(seed);
    for (let i = nRows - 1; i > 0; i--) {
      const j = random.below(i + 1);
      const swap = group[i]!;
      group[i] = group[j]!;
      group[j] = swap;
    }
  }
  return { group, groups };
}

/** Some metrics of one model on rows that are each counted as often as their group was drawn. */
export interface Resampler {
  readonly names: readonly string[];
  /** @param timesDrawn of each group; `into` takes the metrics in the order of `names`, NaN where undefined */
  measure(timesDrawn: Float64Array, into: Float64Array): void;
}

/** What does not depend on the draw (losses of rows, the order of scores) is computed once, here. */
export function resampler(target: Target, predictions: Predictions, rows: RowGroups, weight?: Float64Array): Resampler {
  if (target.task === 'regression' && predictions.task === 'regression') {
    return numericResampler(target.values, predictions.values, rows, weight);
  }
  if (target.task === 'classification' && predictions.task === 'classification') {
    return classResampler(target, predictions, rows, weight);
  }
  throw new TypeError(`a ${target.task} target cannot be scored with ${predictions.task} predictions`);
}

function numericResampler(
  truth: Float64Array,
  predicted: Float64Array,
  { group, groups }: RowGroups,
  weight: Float64Array | undefined,
): Resampler {
  let total = 0;
  let mean = 0;
  for (let i = 0; i < truth.length; i++) {
    const w = weight ? weight[i]! : 1;
    total += w;
    // From the first one on, so that a constant has no spread.
    mean += w * (truth[i]! - truth[0]!);
  }
  mean = truth[0]! + mean / total;
  // Of each group: Σ w, Σ w |e|, Σ w e², Σ w (t - mean), Σ w (t - mean)²
  const sums = new Float64Array(groups * 5);
  for (let i = 0; i < truth.length; i++) {
    const w = weight ? weight[i]! : 1;
    const at = group[i]! * 5;
    const error = truth[i]! - predicted[i]!;
    const centred = truth[i]! - mean;
    sums[at]! += w;
    sums[at + 1]! += w * Math.abs(error);
    sums[at + 2]! += w * error * error;
    sums[at + 3]! += w * centred;
    sums[at + 4]! += w * centred * centred;
  }
  const drawn = new Float64Array(5);
  return {
    names: ['rmse', 'mae', 'r2'],
    measure(timesDrawn, into) {
      addDrawn(sums, timesDrawn, drawn);
      const [n, absolute, squared, shift, spread] = drawn as unknown as [number, number, number, number, number];
      into[0] = Math.sqrt(squared / n);
      into[1] = absolute / n;
      into[2] = explained(squared / n, spread / n - (shift / n) ** 2);
    },
  };
}

function classResampler(
  { codes, classes }: ClassTarget,
  predictions: ClassPredictions,
  { group, groups }: RowGroups,
  weight: Float64Array | undefined,
): Resampler {
  const size = classes.length;
  const { labels, probabilities } = predictions;
  const sums = new Float64Array(groups * 3);
  for (let i = 0; i < codes.length; i++) {
    const w = weight ? weight[i]! : 1;
    const at = group[i]! * 3;
    sums[at]! += w;
    sums[at + 1]! += w * logLossOfRow(probabilities[i * size + codes[i]!]!);
    sums[at + 2]! += w * brierOfRow(codes[i]!, probabilities, i, size);
  }
  const drawn = new Float64Array(3);
  const hits = new Float64Array(size);
  const truths = new Float64Array(size);
  const guesses = new Float64Array(size);
  const rowWeight = new Float64Array(codes.length);
  const positive = size === 2 ? indicatorOf(codes, 1) : undefined;
  const score = size === 2 ? probabilityOf(predictions, 1) : undefined;
  const order = score && descendingOrder(score);
  const names = ['accuracy', 'balanced_accuracy', 'f1_macro', 'log_loss', 'brier'];
  return {
    names: order ? [...names, 'f1', 'roc_auc'] : names,
    measure(timesDrawn, into) {
      addDrawn(sums, timesDrawn, drawn);
      hits.fill(0);
      truths.fill(0);
      guesses.fill(0);
      for (let i = 0; i < codes.length; i++) {
        const w = timesDrawn[group[i]!]! * (weight ? weight[i]! : 1);
        rowWeight[i] = w;
        const code = codes[i]!;
        const label = labels[i]!;
        truths[code]! += w;
        guesses[label]! += w;
        if (code === label) hits[code]! += w;
      }
      let hit = 0;
      let recalls = 0;
      let inTruth = 0;
      let f1 = 0;
      let present = 0;
      for (let c = 0; c < size; c++) {
        hit += hits[c]!;
        if (truths[c]! > 0) {
          recalls += hits[c]! / truths[c]!;
          inTruth++;
        }
        const either = truths[c]! + guesses[c]!;
        if (either > 0) {
          f1 += (2 * hits[c]!) / either;
          present++;
        }
      }
      into[0] = hit / drawn[0]!;
      into[1] = recalls / inTruth;
      into[2] = f1 / present;
      into[3] = drawn[1]! / drawn[0]!;
      into[4] = drawn[2]! / drawn[0]!;
      if (!order) return;
      const either = truths[1]! + guesses[1]!;
      into[5] = either > 0 ? (2 * hits[1]!) / either : 0;
      into[6] = rocAucInOrder(positive!, score!, order, rowWeight);
    },
  };
}

/** Σ over groups of times drawn × each of the group's sums. */
function addDrawn(sums: Float64Array, timesDrawn: Float64Array, into: Float64Array): void {
  const width = into.length;
  into.fill(0);
  for (let g = 0; g < timesDrawn.length; g++) {
    const times = timesDrawn[g]!;
    if (times === 0) continue;
    for (let s = 0; s < width; s++) into[s]! += times * sums[g * width + s]!;
  }
}
