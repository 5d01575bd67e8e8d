import { z } from 'zod';
import { evaluateOnTable, learnFormula } from '../expression/compiled.ts';
import type { StepKind } from '../step-kind.ts';

/** Training rows for which the formula is false or missing are left out; rows to predict never are. */
export const filter: StepKind<'filter', null> = {
  state: z.null(),
  fit({ formula }, context) {
    const learned = learnFormula(formula, context);
    if (!learned) return {};
    const truth = evaluateOnTable(learned.expression, context.table);
    const rows = Int32Array.from(truth.keys()).filter((row) => !Number.isNaN(truth[row]) && truth[row] !== 0);
    if (rows.length === 0)
      context.fault(['formula'], `is ${JSON.stringify(formula)}, which is true for no training row`);
    return { rows };
  },
};
