import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import { mapNumbers, presentNumbers } from '../column-cells.ts';
import { minimize } from '../minimize.ts';
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
    return [mapNumbers(outputs[0]!, column!, (value) => (yeoJohnson(value, lambda) - mean) / scale)];
  },
};

export function yeoJohnson(value: number, lambda: number): number {
  if (value >= 0) {
    const log = Math.log1p(value);
    return lambda === 0 ? log : Math.expm1(lambda * log) / lambda;
  }
  const log = Math.log1p(-value);
  return lambda === 2 ? -log : -Math.expm1((2 - lambda) * log) / (2 - lambda);
}

/** 1, which changes nothing, for a constant column. */
function likeliestLambda(values: Float64Array): number {
  const { mean, variance } = meanAndVariance(values);
  if (isConstant(values.length, mean, variance)) return 1;
  let logs = 0;
  for (const value of values) logs += Math.sign(value) * Math.log1p(Math.abs(value));
  const n = values.length;
  const transformed = new Float64Array(n);
  return minimize(
    (lambda) => {
      for (let i = 0; i < n; i++) transformed[i] = yeoJohnson(values[i]!, lambda);
      const { variance } = meanAndVariance(transformed);
      const loss = (n / 2) * Math.log(variance) - (lambda - 1) * logs;
      return Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
    },
    [-2, 2],
  );
}
