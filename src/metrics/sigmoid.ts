import { xLog2 } from '../forest/logarithm.ts';
import { exponential } from './exponential.ts';

/** 1 / (1 + e^(slope · score + intercept)), in scikit-learn's terms `a_` and `b_`. */
export interface Sigmoid {
  readonly slope: number;
  readonly intercept: number;
}

const MOST_ITERATIONS = 100;
/** Of the gradient of the mean loss. */
const CLOSE_ENOUGH = 1e-10;
/** Keeps the Hessian invertible where all scores are equal. */
const RIDGE = 1e-12;
const LEAST_STEP = 1e-10;

/**
 * Platt's sigmoid with the least log loss against smoothed truths, as scikit-learn's CalibratedClassifierCV with method sigmoid.
 *
 * Source  Platt 1999; Newton's method with backtracking: Lin, Lin and Weng 2007, Machine Learning 68(3)
 *
 * @param truth 1 where it came true, else 0
 */
export function fitSigmoid(score: Float64Array, truth: Uint8Array): Sigmoid {
  let hits = 0;
  for (let i = 0; i < truth.length; i++) hits += truth[i]!;
  const misses = truth.length - hits;
  const targets = [1 / (misses + 2), (hits + 1) / (hits + 2)] as const;
  let slope = 0;
  let intercept = naturalLog((misses + 1) / (hits + 1));
  let loss = meanLoss(score, truth, targets, slope, intercept);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const { g1, g2, h11, h12, h22 } = derivatives(score, truth, targets, slope, intercept);
    if (Math.abs(g1) < CLOSE_ENOUGH && Math.abs(g2) < CLOSE_ENOUGH) break;
    const determinant = h11 * h22 - h12 * h12;
    const alongSlope = -(h22 * g1 - h12 * g2) / determinant;
    const alongIntercept = -(h11 * g2 - h12 * g1) / determinant;
    const descent = g1 * alongSlope + g2 * alongIntercept;
    let step = 1;
    for (; step >= LEAST_STEP; step /= 2) {
      const there = meanLoss(score, truth, targets, slope + step * alongSlope, intercept + step * alongIntercept);
      if (there >= loss + 1e-4 * step * descent) continue;
      slope += step * alongSlope;
      intercept += step * alongIntercept;
      loss = there;
      break;
    }
    // Rounding hides what is left.
    if (step < LEAST_STEP) break;
  }
  return { slope, intercept };
}

export function sigmoidAt({ slope, intercept }: Sigmoid, score: number): number {
  return 1 / (1 + exponential(score * slope + intercept));
}

type Targets = readonly [miss: number, hit: number];

function meanLoss(score: Float64Array, truth: Uint8Array, targets: Targets, slope: number, intercept: number): number {
  let sum = 0;
  for (let i = 0; i < score.length; i++) {
    const z = score[i]! * slope + intercept;
    // ln(1 + e^z) without overflow: the larger part is taken out.
    sum += targets[truth[i]!]! * z + Math.max(0, -z) + naturalLog(1 + exponential(-Math.abs(z)));
  }
  return sum / score.length;
}

/** Gradient and Hessian of the mean loss. */
function derivatives(score: Float64Array, truth: Uint8Array, targets: Targets, slope: number, intercept: number) {
  let [g1, g2, h11, h12, h22] = [0, 0, 0, 0, 0];
  for (let i = 0; i < score.length; i++) {
    const f = score[i]!;
    const p = sigmoidAt({ slope, intercept }, f);
    const excess = targets[truth[i]!]! - p;
    const curvature = p * (1 - p);
    g1 += f * excess;
    g2 += excess;
    h11 += f * f * curvature;
    h12 += f * curvature;
    h22 += curvature;
  }
  const n = score.length;
  return { g1: g1 / n, g2: g2 / n, h11: h11 / n + RIDGE, h12: h12 / n, h22: h22 / n + RIDGE };
}

function naturalLog(x: number): number {
  return (xLog2(x) / x) * Math.LN2;
}
