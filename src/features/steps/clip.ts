import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import { mapNumbers, presentNumbers } from '../column-cells.ts';
import { perColumn } from '../per-column.ts';
import { quantile } from '../statistics.ts';
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
        const sorted = presentNumbers(column).sort();
        if (sorted.length === 0) return undefined;
        const limits = { min: min ?? quantile(sorted, lower), max: max ?? quantile(sorted, upper) };
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
    return [mapNumbers(outputs[0]!, column!, (value) => (value < min ? min : value > max ? max : value))];
  },
};
