import { type Curve, curveAt, curveSteps, fitIsotonic } from './isotonic.ts';
import { indicatorOf } from './predictions.ts';
import { fitSigmoid, type Sigmoid, sigmoidAt } from './sigmoid.ts';

/** scikit-learn's names of the methods of CalibratedClassifierCV. */
export const CALIBRATION_METHODS = ['isotonic', 'sigmoid'] as const;
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number];

/** Plain JSON, kept in the model. Of two classes the second one alone is calibrated, else each class against all others. */
export type Calibration =
  | { readonly method: 'isotonic'; readonly curves: readonly Curve[] }
  | { readonly method: 'sigmoid'; readonly sigmoids: readonly Sigmoid[] };

/**
 * Learns what probabilities are worth from rows for which they are honest: out-of-bag or held-out ones.
 *
 * @param codes classes of the rows, at least one row
 * @param probabilities nRows × nClasses, row-major
 */
export function fitCalibration(
  method: CalibrationMethod,
  codes: Int32Array,
  probabilities: Float64Array,
  nClasses: number,
): Calibration {
  const scoreOf = (k: number): Float64Array =>
    Float64Array.from({ length: codes.length }, (_, row) => probabilities[row * nClasses + k]!);
  const calibrated = nClasses === 2 ? [1] : Array.from({ length: nClasses }, (_, k) => k);
  if (method === 'isotonic') {
    return { method, curves: calibrated.map((k) => fitIsotonic(scoreOf(k), indicatorOf(codes, k))) };
  }
  return { method, sigmoids: calibrated.map((k) => fitSigmoid(scoreOf(k), indicatorOf(codes, k))) };
}

/**
 * Calibrated probabilities as CalibratedClassifierCV has them: of more than two classes divided by their sum, and equal for all
 * classes where that is 0. The operations and their order are those of the ONNX graph of a model.
 *
 * @param probabilities nRows × nClasses, row-major
 */
export function calibrate(calibration: Calibration, probabilities: Float64Array, nClasses: number): Float64Array {
  const out = new Float64Array(probabilities.length);
  const functions = functionsOf(calibration);
  if (nClasses === 2) {
    const [second] = functions as [(score: number) => number];
    for (let at = 0; at < out.length; at += 2) {
      out[at + 1] = second(probabilities[at + 1]!);
      out[at] = 1 - out[at + 1]!;
    }
    return out;
  }
  for (let at = 0; at < out.length; at += nClasses) {
    let sum = 0;
    for (let k = 0; k < nClasses; k++) {
      out[at + k] = functions[k]!(probabilities[at + k]!);
      sum += out[at + k]!;
    }
    for (let k = 0; k < nClasses; k++) out[at + k] = sum === 0 ? 1 / nClasses : out[at + k]! / sum;
  }
  return out;
}

function functionsOf(calibration: Calibration): ((score: number) => number)[] {
  if (calibration.method === 'sigmoid') {
    return calibration.sigmoids.map((sigmoid) => (score: number) => sigmoidAt(sigmoid, score));
  }
  return calibration.curves.map((curve) => {
    const steps = curveSteps(curve);
    return (score: number) => curveAt(steps, score);
  });
}
