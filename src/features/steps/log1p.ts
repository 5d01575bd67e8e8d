import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import { mapNumbers } from '../column-cells.ts';
import { perColumn } from '../per-column.ts';
import type { StepKind } from '../step-kind.ts';

/** log(1 + x); nothing is learned. */
export const log1p: StepKind<'log1p', Record<string, never>> = {
  state: z.strictObject({}) as z.ZodType<Record<string, never>>,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['numeric']);
    return { operations: perColumn(columns, settings.suffix, () => ({})) };
  },
  apply({ outputs }, [column]) {
    return [mapNumbers(outputs[0]!, column!, Math.log1p)];
  },
};
