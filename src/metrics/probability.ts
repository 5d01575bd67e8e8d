/** The smallest probability that the logarithm is taken of, as scikit-learn clips. */
const EPSILON = 2 ** -52;

/** Mean negative logarithm of the probability given to the true class. */
export function logLoss(codes: Int32Array, probabilities: Float64Array, size: number, weight?: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < codes.length; i++) {
    const w = weight ? weight[i]! : 1;
    sum += w * logLossOfRow(probabilities[i * size + codes[i]!]!);
    total += w;
  }
  return sum / total;
}

export function logLossOfRow(probabilityOfTruth: number): number {
  return -Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, probabilityOfTruth)));
}

/** Mean squared distance of the probabilities from the truth; for two classes of the positive class alone (0 to 1). */
export function brierScore(
  codes: Int32Array,
  probabilities: Float64Array,
  size: number,
  weight?: Float64Array,
): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < codes.length; i++) {
    const w = weight ? weight[i]! : 1;
    sum += w * brierOfRow(codes[i]!, probabilities, i, size);
    total += w;
  }
  return sum / total;
}

export function brierOfRow(code: number, probabilities: Float64Array, row: number, size: number): number {
  if (size === 2) return ((code === 1 ? 1 : 0) - probabilities[row * 2 + 1]!) ** 2;
  let squares = 0;
  for (let c = 0; c < size; c++) squares += ((code === c ? 1 : 0) - probabilities[row * size + c]!) ** 2;
  return squares;
}

export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** Mean probability given. */
  readonly predicted: number;
  /** Share of rows in which it came true. */
  readonly observed: number;
}

/** Equal-width bins (lower, upper] of a probability against what came true; empty bins are left out. */
export function calibrationBins(
  score: Float64Array,
  truth: Uint8Array,
  bins = 10,
  weight?: Float64Array,
): CalibrationBin[] {
  const total = new Float64Array(bins);
  const predicted = new Float64Array(bins);
  const observed = new Float64Array(bins);
  for (let i = 0; i < score.length; i++) {
    const w = weight ? weight[i]! : 1;
    let bin = Math.min(bins - 1, Math.max(0, Math.ceil(score[i]! * bins) - 1));
    // 0.7 × 10 is more than 7.
    if (bin > 0 && score[i]! <= bin / bins) bin--;
    total[bin]! += w;
    predicted[bin]! += w * score[i]!;
    observed[bin]! += w * truth[i]!;
  }
  const out: CalibrationBin[] = [];
  for (let b = 0; b < bins; b++) {
    if (total[b] === 0) continue;
    out.push({
      from: b / bins,
      to: (b + 1) / bins,
      weight: total[b]!,
      predicted: predicted[b]! / total[b]!,
      observed: observed[b]! / total[b]!,
    });
  }
  return out;
}

/**
 * Expected calibration error of the label given: mean distance of confidence and accuracy over ten bins.
 *
 * Source  Naeini et al. 2015, AAAI
 */
export function expectedCalibrationError(
  codes: Int32Array,
  labels: Int32Array,
  probabilities: Float64Array,
  size: number,
  weight?: Float64Array,
): number {
  const confidence = new Float64Array(codes.length);
  const right = new Uint8Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    confidence[i] = probabilities[i * size + labels[i]!]!;
    right[i] = codes[i] === labels[i] ? 1 : 0;
  }
  const bins = calibrationBins(confidence, right, 10, weight);
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  return bins.reduce((sum, bin) => sum + (bin.weight / total) * Math.abs(bin.observed - bin.predicted), 0);
}
