import { z } from 'zod';
import { categoryCodes, countCategories, MISSING } from '../categories.ts';
import { chooseColumns } from '../choose-columns.ts';
import { perColumn } from '../per-column.ts';
import type { StepKind } from '../step-kind.ts';

const state = z.strictObject({
  /** What stays as it is. */
  categories: z.array(z.string()),
  name: z.string(),
});

export type RareState = z.output<typeof state>;

/** Rare categories and those that training has not seen become one; missing cells stay missing. */
export const rare: StepKind<'rare', RareState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['categorical']);
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const { categories, counts } = countCategories(column);
        const present = counts.reduce((sum, count) => sum + count, 0);
        const frequent = categories.filter((_, i) => counts[i]! >= settings['min-share'] * present) as string[];
        return { categories: frequent.filter((text) => text !== settings.name), name: settings.name };
      }),
    };
  },
  apply({ state: { categories, name }, outputs }, [column]) {
    const codes = categoryCodes(column!, categories).map((code) =>
      code >= 0 || code === MISSING ? code : categories.length,
    );
    return [{ kind: 'categorical', name: outputs[0]!, codes, categories: [...categories, name] }];
  },
};
