import { z } from 'zod';
import { categoryNumbers, countCategories } from '../categories.ts';
import { chooseColumns } from '../choose-columns.ts';
import { numericColumn } from '../column-cells.ts';
import { perColumn } from '../per-column.ts';
import type { StepKind } from '../step-kind.ts';

const state = z.strictObject({
  categories: z.union([z.array(z.string()), z.array(z.number())]),
  values: z.array(z.number()),
});

export type FrequencyState = z.output<typeof state>;

/** The share of the category among the present training rows. */
export const frequency: StepKind<'frequency', FrequencyState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['categorical', 'numeric']);
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const { categories, counts } = countCategories(column);
        const present = counts.reduce((sum, count) => sum + count, 0);
        return { categories: categories as string[], values: counts.map((count) => count / present) };
      }),
    };
  },
  apply({ state, outputs }, [column]) {
    return [numericColumn(outputs[0]!, categoryNumbers(column!, state, { missing: Number.NaN, unknown: 0 }))];
  },
};
