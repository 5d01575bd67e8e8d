import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import { finite, numbersOf, presentNumbers } from '../column-cells.ts';
import { minimize, rootNear } from '../minimize.ts';
import { perColumn } from '../per-column.ts';
import { isConstant, meanAndVariance, standardScale } from '../statistics.ts';
import type { StepKind } from '../step-kind.ts';

const state = z.strictObject({ lambda: z.number(), mean: z.number(), scale: z.number() });

export type PowerState = z.output<typeof state>;

/**
 * The power transform that makes a column most like a normal distribution, by maximum likelihood.
 *
 * Source  Yeo and Johnson 2000, Biometrika 87(4)
 */
export const power: StepKind<'power', PowerState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['numeric']);
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const present = presentNumbers(column);
        if (present.length === 0) return undefined;
        const lambda = likeliestLambda(present);
        if (!settings.standardize) return { lambda, mean: 0, scale: 1 };
        const { mean, variance } = meanAndVariance(present.map((value) => yeoJohnson(value, lambda)));
        const scale = standardScale(present.length, mean, variance);
        return Number.isFinite(mean) && Number.isFinite(scale) ? { lambda, mean, scale } : undefined;
      }),
    };
  },
  apply({ state: { lambda, mean, scale }, outputs }, [column]) {
    const from = numbersOf(column!);
    const values = new Float64Array(from.length);
    for (let row = 0; row < from.length; row++) values[row] = finite((yeoJohnson(from[row]!, lambda) - mean) / scale);
    return [{ kind: 'numeric', name: outputs[0]!, values, integer: false }];
  },
};

export function yeoJohnson(value: number, lambda: number): number {
  if (value >= 0) {
    const log = Math.log1p(value);
    return lambda === 0 ? log : expm1(lambda * log) / lambda;
  }
  const log = Math.log1p(-value);
  return lambda === 2 ? -log : -expm1((2 - lambda) * log) / (2 - lambda);
}

/** 1, which changes nothing, for a constant column. */
function likeliestLambda(values: Float64Array): number {
  const { mean, variance } = meanAndVariance(values);
  if (isConstant(values.length, mean, variance)) return 1;
  // Of x and of the logarithms that its powers are made of; the sign is that of x.
  const logs = values.map((value) => Math.sign(value) * Math.log1p(Math.abs(value)));
  // A part of the rows tells where about to look: each look at all of them takes long.
  const step = Math.max(1, Math.floor(logs.length / SOME_ROWS));
  const some = step === 1 ? logs : logs.filter((_, row) => row % step === 0);
  const near = minimize(lossOf(some), [-2, 2]);
  return rootNear(slopeOf(logs), near) ?? minimize(lossOf(logs), [near - 0.05, near + 0.05]);
}

/** To 14 digits; far from 0 the simpler function is twice as fast. */
function expm1(x: number): number {
  return x > 0.01 || x < -0.01 ? Math.exp(x) - 1 : Math.expm1(x);
}

const SOME_ROWS = 10_000;

/** The negative logarithm of the likelihood, by lambda. */
function lossOf(logs: Float64Array): (lambda: number) => number {
  const n = logs.length;
  let sum = 0;
  for (const log of logs) sum += log;
  const transformed = new Float64Array(n);
  return (lambda) => {
    for (let i = 0; i < n; i++) {
      const log = logs[i]!;
      const exponent = log >= 0 ? lambda : lambda - 2;
      transformed[i] = exponent === 0 ? log : expm1(exponent * log) / exponent;
    }
    const { variance } = meanAndVariance(transformed);
    const loss = (n / 2) * Math.log(variance) - (lambda - 1) * sum;
    return Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
  };
}

/** The derivative of the loss. */
function slopeOf(logs: Float64Array): (lambda: number) => number {
  const n = logs.length;
  let sum = 0;
  for (const log of logs) sum += log;
  const transformed = new Float64Array(n);
  const slopes = new Float64Array(n);
  return (lambda) => {
    for (let i = 0; i < n; i++) {
      const log = logs[i]!;
      const exponent = log >= 0 ? lambda : lambda - 2;
      const power = expm1(exponent * log);
      const value = exponent === 0 ? log : power / exponent;
      transformed[i] = value;
      // Near 0 the difference would be rounding error: the first terms of its series.
      slopes[i] =
        Math.abs(exponent * log) < 1e-5
          ? log * log * (0.5 + (exponent * log) / 3)
          : (log * (power + 1) - value) / exponent;
    }
    const { mean, variance } = meanAndVariance(transformed);
    let covariance = 0;
    for (let i = 0; i < n; i++) covariance += (transformed[i]! - mean) * slopes[i]!;
    return covariance / variance - sum;
  };
}
