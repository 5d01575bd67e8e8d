import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import { finite, numbersOf, presentNumbers } from '../column-cells.ts';
import { perColumn } from '../per-column.ts';
import { meanAndVariance, standardScale } from '../statistics.ts';
import type { StepKind } from '../step-kind.ts';
import { likeliestLambda, powerOf, signedLog } from '../yeo-johnson.ts';

const state = z.strictObject({ lambda: z.number(), mean: z.number(), scale: z.number() });

export type PowerState = z.output<typeof state>;

/** The power transform that makes a column most like a normal distribution, by maximum likelihood. */
export const power: StepKind<'power', PowerState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['numeric']);
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const logs = presentNumbers(column);
        if (logs.length === 0) return undefined;
        for (let i = 0; i < logs.length; i++) logs[i] = signedLog(logs[i]!);
        const lambda = likeliestLambda(logs);
        if (!settings.standardize) return { lambda, mean: 0, scale: 1 };
        for (let i = 0; i < logs.length; i++) logs[i] = powerOf(logs[i]!, lambda);
        const { mean, variance } = meanAndVariance(logs);
        const scale = standardScale(logs.length, mean, variance);
        return Number.isFinite(mean) && Number.isFinite(scale) ? { lambda, mean, scale } : undefined;
      }),
    };
  },
  apply({ state: { lambda, mean, scale }, outputs }, [column]) {
    const from = numbersOf(column!);
    const values = new Float64Array(from.length);
    for (let row = 0; row < from.length; row++) {
      values[row] = finite((powerOf(signedLog(from[row]!), lambda) - mean) / scale);
    }
    return [{ kind: 'numeric', name: outputs[0]!, values, integer: false }];
  },
};
