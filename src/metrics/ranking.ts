import { descendingOrder } from './order.ts';

/**
 * Area under the ROC curve, tied scores counted half.
 *
 * @param positive 1 for rows of the positive class, else 0
 * @returns NaN when one of the classes is absent
 */
export function rocAuc(positive: Uint8Array, score: Float64Array, weight?: Float64Array): number {
  return rocAucInOrder(positive, score, descendingOrder(score), weight);
}

/** The same for rows whose descending order is known already. */
export function rocAucInOrder(
  positive: Uint8Array,
  score: Float64Array,
  order: Int32Array,
  weight?: Float64Array,
): number {
  let above = 0;
  let below = 0;
  let area = 0;
  let i = 0;
  while (i < order.length) {
    const tie = score[order[i]!]!;
    let hits = 0;
    let misses = 0;
    while (i < order.length && score[order[i]!] === tie) {
      const row = order[i++]!;
      const w = weight ? weight[row]! : 1;
      if (positive[row]) hits += w;
      else misses += w;
    }
    area += misses * (above + hits / 2);
    above += hits;
    below += misses;
  }
  return above > 0 && below > 0 ? area / (above * below) : Number.NaN;
}

/** Σ (recall step) × precision over the distinct scores; NaN without positive rows. */
export function averagePrecision(positive: Uint8Array, score: Float64Array, weight?: Float64Array): number {
  const order = descendingOrder(score);
  let hits = 0;
  let seen = 0;
  let sum = 0;
  let i = 0;
  while (i < order.length) {
    const tie = score[order[i]!]!;
    const before = hits;
    while (i < order.length && score[order[i]!] === tie) {
      const row = order[i++]!;
      const w = weight ? weight[row]! : 1;
      if (positive[row]) hits += w;
      seen += w;
    }
    if (seen > 0) sum += ((hits - before) * hits) / seen;
  }
  return hits > 0 ? sum / hits : Number.NaN;
}

/** One-versus-rest: the mean over classes that have both positive and negative rows. */
export function rocAucOvr(
  codes: Int32Array,
  probabilities: Float64Array,
  size: number,
  average: 'macro' | 'weighted' = 'macro',
  weight?: Float64Array,
): number {
  return overClasses(codes, size, average, weight, (c, positive) =>
    rocAuc(positive, column(probabilities, size, c), weight),
  );
}

/** Macro-averaged average precision of each class against the rest. */
export function averagePrecisionOvr(
  codes: Int32Array,
  probabilities: Float64Array,
  size: number,
  weight?: Float64Array,
): number {
  return overClasses(codes, size, 'macro', weight, (c, positive) =>
    averagePrecision(positive, column(probabilities, size, c), weight),
  );
}

function overClasses(
  codes: Int32Array,
  size: number,
  average: 'macro' | 'weighted',
  weight: Float64Array | undefined,
  metric: (label: number, positive: Uint8Array) => number,
): number {
  let sum = 0;
  let total = 0;
  for (let c = 0; c < size; c++) {
    const positive = new Uint8Array(codes.length);
    let prevalence = 0;
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] !== c) continue;
      positive[i] = 1;
      prevalence += weight ? weight[i]! : 1;
    }
    const value = metric(c, positive);
    if (Number.isNaN(value)) continue;
    const share = average === 'macro' ? 1 : prevalence;
    sum += share * value;
    total += share;
  }
  return total > 0 ? sum / total : Number.NaN;
}

/**
 * One-versus-one: the mean over pairs of classes of the mean of both directions, each on the rows of the two.
 *
 * Source  Hand and Till 2001, Machine Learning 45(2); like scikit-learn without sample weights
 */
export function rocAucOvo(
  codes: Int32Array,
  probabilities: Float64Array,
  size: number,
  average: 'macro' | 'weighted' = 'macro',
): number {
  const rowsOf: number[][] = Array.from({ length: size }, () => []);
  for (let i = 0; i < codes.length; i++) rowsOf[codes[i]!]!.push(i);
  let sum = 0;
  let total = 0;
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      const rows = [...rowsOf[a]!, ...rowsOf[b]!];
      if (rowsOf[a]!.length === 0 || rowsOf[b]!.length === 0) continue;
      const directed = (label: number): number => {
        const positive = Uint8Array.from(rows, (row) => (codes[row] === label ? 1 : 0));
        return rocAuc(
          positive,
          Float64Array.from(rows, (row) => probabilities[row * size + label]!),
        );
      };
      const share = average === 'macro' ? 1 : rows.length;
      sum += (share * (directed(a) + directed(b))) / 2;
      total += share;
    }
  }
  return total > 0 ? sum / total : Number.NaN;
}

function column(rowMajor: Float64Array, size: number, at: number): Float64Array {
  const out = new Float64Array(rowMajor.length / size);
  for (let i = 0; i < out.length; i++) out[i] = rowMajor[i * size + at]!;
  return out;
}

/** Points of the ROC curve (false positive rate, true positive rate) and of precision over recall, thinned to `most`. */
export function rankingCurves(
  positive: Uint8Array,
  score: Float64Array,
  most = 100,
): { roc: [number, number][]; precisionRecall: [number, number][] } {
  const order = descendingOrder(score);
  const all = positive.reduce((sum, p) => sum + p, 0);
  const none = positive.length - all;
  const roc: [number, number][] = [[0, 0]];
  const precisionRecall: [number, number][] = [];
  const step = Math.max(1, order.length / most);
  let hits = 0;
  let next = step;
  for (let i = 0; i < order.length; i++) {
    hits += positive[order[i]!]!;
    const last = i === order.length - 1;
    if (!last && (i + 1 < next || score[order[i]!] === score[order[i + 1]!])) continue;
    while (next <= i + 1) next += step;
    roc.push([(i + 1 - hits) / none, hits / all]);
    precisionRecall.push([hits / all, hits / (i + 1)]);
  }
  return { roc, precisionRecall };
}
