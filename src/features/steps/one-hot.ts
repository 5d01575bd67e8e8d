import { z } from 'zod';
import type { Column } from '../../data/table.ts';
import { categoryCodes, countCategories, MISSING } from '../categories.ts';
import { chooseColumns } from '../choose-columns.ts';
import type { LearnedOperation, StepKind } from '../step-kind.ts';

const state = z.strictObject({
  categories: z.union([z.array(z.string()), z.array(z.number())]),
  /** Missing cells have a column of their own, the last one: there were some in training. */
  missing: z.boolean(),
});

export type OneHotState = z.output<typeof state>;

/** 1 in the column of the category, 0 in the others; an unknown category is 0 everywhere. */
export const oneHot: StepKind<'one-hot', OneHotState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['categorical', 'numeric']);
    const most = settings['max-categories'];
    const operations: LearnedOperation<OneHotState>[] = [];
    for (const column of columns) {
      const { categories, missing } = countCategories(column);
      if (categories.length > most) {
        const problem = `is ${most}, but "${column.name}" has ${categories.length} categories: group rare ones with "rare", or allow more`;
        context.fault(['max-categories'], problem);
        continue;
      }
      operations.push({
        inputs: [column.name],
        outputs: [
          ...categories.map((category) => `${column.name}=${category}`),
          ...(missing > 0 ? [`${column.name}.missing`] : []),
        ],
        state: { categories: categories as string[], missing: missing > 0 },
      });
    }
    return { operations, removed: settings.keep ? [] : columns.map(({ name }) => name) };
  },
  apply({ state: { categories, missing }, outputs }, [column], { nRows }) {
    const codes = categoryCodes(column!, categories);
    const cells = outputs.map(() => new Float64Array(nRows));
    for (let row = 0; row < nRows; row++) {
      const code = codes[row]!;
      if (code >= 0) cells[code]![row] = 1;
      else if (code === MISSING && missing) cells[categories.length]![row] = 1;
    }
    return cells.map((values, i): Column => ({ kind: 'numeric', name: outputs[i]!, values, integer: true }));
  },
};
