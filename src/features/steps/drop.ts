import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import type { StepKind } from '../step-kind.ts';

/** Leaves columns out; a raw column that nothing else uses is no input of the model. */
export const drop: StepKind<'drop', null> = {
  state: z.null(),
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['numeric', 'categorical', 'datetime']);
    return { removed: columns.map(({ name }) => name) };
  },
};
