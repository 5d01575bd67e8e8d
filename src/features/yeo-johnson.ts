import { minimize, rootNear } from './minimize.ts';
import { isConstant, meanAndVariance } from './statistics.ts';

/**
 * The power transform of Yeo and Johnson in two steps: the logarithm of 1 + |x| with the sign of x, and the power made of it.
 *
 * Source  Yeo and Johnson 2000, Biometrika 87(4)
 */
export function signedLog(value: number): number {
  return value >= 0 ? Math.log1p(value) : -Math.log1p(-value);
}

export function powerOf(log: number, lambda: number): number {
  const exponent = log >= 0 ? lambda : lambda - 2;
  return exponent === 0 ? log : expm1(exponent * log) / exponent;
}

/** To 14 digits; far from 0 the simpler function is faster. */
function expm1(x: number): number {
  return x > 0.01 || x < -0.01 ? Math.exp(x) - 1 : Math.expm1(x);
}

/** Of so many rows the likelihood tells where about to look in all of them, each look at which takes long. */
const SOME_ROWS = 10_000;

/** The lambda of the greatest likelihood; 1, which changes nothing, when all are the same. @param logs signed logarithms */
export function likeliestLambda(logs: Float64Array): number {
  const { mean, variance } = meanAndVariance(logs);
  if (isConstant(logs.length, mean, variance)) return 1;
  const step = Math.max(1, Math.floor(logs.length / SOME_ROWS));
  const some = step === 1 ? logs : logs.filter((_, row) => row % step === 0);
  const near = minimize(lossOf(some), [-2, 2]);
  const slope = slopeOf(some);
  const curvature = ((slope(near + 0.01) - slope(near)) / 0.01) * (logs.length / some.length);
  return rootNear(slopeOf(logs), near, curvature) ?? minimize(lossOf(logs), [near - 0.05, near + 0.05]);
}

/** The negative logarithm of the likelihood, by lambda. */
function lossOf(logs: Float64Array): (lambda: number) => number {
  const n = logs.length;
  const sum = sumOf(logs);
  const transformed = new Float64Array(n);
  return (lambda) => {
    for (let i = 0; i < n; i++) transformed[i] = powerOf(logs[i]!, lambda);
    const { variance } = meanAndVariance(transformed);
    const loss = (n / 2) * Math.log(variance) - (lambda - 1) * sum;
    return Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
  };
}

/** Its derivative. */
function slopeOf(logs: Float64Array): (lambda: number) => number {
  const n = logs.length;
  const sum = sumOf(logs);
  const transformed = new Float64Array(n);
  const slopes = new Float64Array(n);
  return (lambda) => {
    const [above, below] = [1 / lambda, 1 / (lambda - 2)];
    for (let i = 0; i < n; i++) {
      const log = logs[i]!;
      const scaled = log >= 0 ? lambda * log : (lambda - 2) * log;
      if (scaled > -1e-5 && scaled < 1e-5) {
        // The difference would be rounding error: the first terms of its series.
        transformed[i] = log * (1 + scaled / 2);
        slopes[i] = log * log * (0.5 + scaled / 3);
        continue;
      }
      const power = expm1(scaled);
      const inverse = log >= 0 ? above : below;
      const value = power * inverse;
      transformed[i] = value;
      slopes[i] = (log * (power + 1) - value) * inverse;
    }
    const { mean, variance } = meanAndVariance(transformed);
    let covariance = 0;
    for (let i = 0; i < n; i++) covariance += (transformed[i]! - mean) * slopes[i]!;
    return covariance / variance - sum;
  };
}

function sumOf(logs: Float64Array): number {
  let sum = 0;
  for (const log of logs) sum += log;
  return sum;
}
