/** Counts (or sums of weights) of true label × predicted label, and the metrics that need no more than those. */
export interface Confusion {
  readonly size: number;
  /** size × size, row: true label, column: predicted label. */
  readonly cells: Float64Array;
}

export function confusionMatrix(
  truth: Int32Array,
  predicted: Int32Array,
  size: number,
  weight?: Float64Array,
): Confusion {
  const cells = new Float64Array(size * size);
  for (let i = 0; i < truth.length; i++) cells[truth[i]! * size + predicted[i]!]! += weight ? weight[i]! : 1;
  return { size, cells };
}

export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows (or weight) of the class. */
  readonly support: number;
  readonly predicted: number;
}

/** Precision, recall and F1 of each class; 0 where the denominator is 0, as scikit-learn does. */
export function classScores({ size, cells }: Confusion): ClassScores[] {
  const scores: ClassScores[] = [];
  for (let c = 0; c < size; c++) {
    let support = 0;
    let predicted = 0;
    for (let j = 0; j < size; j++) {
      support += cells[c * size + j]!;
      predicted += cells[j * size + c]!;
    }
    const hit = cells[c * size + c]!;
    scores.push({
      precision: ratio(hit, predicted),
      recall: ratio(hit, support),
      f1: ratio(2 * hit, support + predicted),
      support,
      predicted,
    });
  }
  return scores;
}

export type Average = 'macro' | 'weighted';

/** Averages over the classes that occur in the truth or in the predictions. */
export function averageScores(scores: readonly ClassScores[], average: Average): Omit<ClassScores, 'predicted'> {
  const sum = { precision: 0, recall: 0, f1: 0 };
  let total = 0;
  let support = 0;
  for (const score of scores) {
    if (score.support === 0 && score.predicted === 0) continue;
    const weight = average === 'macro' ? 1 : score.support;
    sum.precision += weight * score.precision;
    sum.recall += weight * score.recall;
    sum.f1 += weight * score.f1;
    total += weight;
    support += score.support;
  }
  return {
    precision: ratio(sum.precision, total),
    recall: ratio(sum.recall, total),
    f1: ratio(sum.f1, total),
    support,
  };
}

/** Share of rows with the right label; micro-averaged precision, recall and F1 are the same number. */
export function accuracy({ size, cells }: Confusion): number {
  let hit = 0;
  let total = 0;
  for (let c = 0; c < size; c++) hit += cells[c * size + c]!;
  for (const cell of cells) total += cell;
  return hit / total;
}

/** Mean recall of the classes that occur in the truth. */
export function balancedAccuracy(confusion: Confusion): number {
  const present = classScores(confusion).filter((score) => score.support > 0);
  return present.reduce((sum, score) => sum + score.recall, 0) / present.length;
}

/** Matthews correlation coefficient of any number of classes (Gorodkin 2004); 0 where it is undefined. */
export function matthews({ size, cells }: Confusion): number {
  let total = 0;
  let hit = 0;
  let crossed = 0;
  let predictedSquares = 0;
  let truthSquares = 0;
  for (const cell of cells) total += cell;
  for (let c = 0; c < size; c++) {
    let truth = 0;
    let predicted = 0;
    for (let j = 0; j < size; j++) {
      truth += cells[c * size + j]!;
      predicted += cells[j * size + c]!;
    }
    hit += cells[c * size + c]!;
    crossed += truth * predicted;
    truthSquares += truth * truth;
    predictedSquares += predicted * predicted;
  }
  const spread = (total * total - predictedSquares) * (total * total - truthSquares);
  return spread === 0 ? 0 : (hit * total - crossed) / Math.sqrt(spread);
}

/** Cohen's kappa; NaN where chance alone explains everything (one class on both sides). */
export function cohenKappa({ size, cells }: Confusion): number {
  let total = 0;
  let hit = 0;
  let crossed = 0;
  for (const cell of cells) total += cell;
  for (let c = 0; c < size; c++) {
    let truth = 0;
    let predicted = 0;
    for (let j = 0; j < size; j++) {
      truth += cells[c * size + j]!;
      predicted += cells[j * size + c]!;
    }
    hit += cells[c * size + c]!;
    crossed += (truth * predicted) / total;
  }
  return (hit - crossed) / (total - crossed);
}

function ratio(over: number, under: number): number {
  return under === 0 ? 0 : over / under;
}
