import { z } from 'zod';
import { type Category, categoryCodes, countCategories } from '../categories.ts';
import { chooseColumns } from '../choose-columns.ts';
import { perColumn } from '../per-column.ts';
import type { StepKind } from '../step-kind.ts';

const state = z.strictObject({ categories: z.union([z.array(z.string()), z.array(z.number())]) });

export type OrdinalState = z.output<typeof state>;

/** The place of the category, from 0; unknown and missing ones are missing. */
export const ordinal: StepKind<'ordinal', OrdinalState> = {
  state,
  fit(settings, context) {
    const { order } = settings;
    const columns = chooseColumns(settings, context, order ? ['categorical'] : ['categorical', 'numeric']);
    if (order && new Set(order).size < order.length) context.fault(['order'], 'names a category twice');
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const { categories } = countCategories(column);
        const left = order ? categories.filter((category) => !order.includes(category as string)) : [];
        if (left.length > 0) {
          const shown = left
            .slice(0, 10)
            .map((category) => JSON.stringify(category))
            .join(', ');
          context.fault(['order'], `lacks ${shown}, which "${column.name}" has`);
        }
        return { categories: (order ?? categories) as string[] };
      }),
    };
  },
  apply({ state: { categories }, outputs }, [column]) {
    const codes = categoryCodes(column!, categories as Category[]);
    const values = new Float64Array(codes.length);
    for (let row = 0; row < codes.length; row++) values[row] = codes[row]! >= 0 ? codes[row]! : Number.NaN;
    return [{ kind: 'numeric', name: outputs[0]!, values, integer: false }];
  },
};
