import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import { numbersOf, presentNumbers } from '../column-cells.ts';
import { perColumn } from '../per-column.ts';
import { quantiles } from '../statistics.ts';
import type { StepKind } from '../step-kind.ts';

const state = z.strictObject({ min: z.number(), max: z.number() });

export type ClipState = z.output<typeof state>;

/** Values beyond limits become the limits. */
export const clip: StepKind<'clip', ClipState> = {
  state,
  fit(settings, context) {
    const { 'lower-quantile': lower, 'upper-quantile': upper, min, max } = settings;
    if (min === undefined && max === undefined && lower > upper) {
      context.fault(['lower-quantile'], `is ${lower}, expected at most "upper-quantile", which is ${upper}`);
      return {};
    }
    if (min !== undefined && max !== undefined && min > max) {
      context.fault(['min'], `is ${min}, expected at most "max", which is ${max}`);
      return {};
    }
    const columns = chooseColumns(settings, context, ['numeric']);
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const present = presentNumbers(column);
        if (present.length === 0) return undefined;
        const [low, high] = quantiles(present, [lower, upper]);
        const limits = { min: min ?? low!, max: max ?? high! };
        if (limits.min <= limits.max) return limits;
        const [given, value] = min === undefined ? ['max', max] : ['min', min];
        const [other, quantileValue] = min === undefined ? ['lower', limits.min] : ['upper', limits.max];
        context.fault(
          [given],
          `is ${value}, which lies beyond the ${other} quantile of "${column.name}", ${quantileValue}`,
        );
        return undefined;
      }),
    };
  },
  apply({ state: { min, max }, outputs }, [column]) {
    const from = numbersOf(column!);
    const values = new Float64Array(from.length);
    for (let row = 0; row < from.length; row++) {
      const value = from[row]!;
      values[row] = value < min ? min : value > max ? max : value;
    }
    return [{ kind: 'numeric', name: outputs[0]!, values, integer: false }];
  },
};
