import { z } from 'zod';
import { findColumn } from '../../data/table.ts';
import { unknownColumn } from '../choose-columns.ts';
import type { LearnedOperation, StepKind } from '../step-kind.ts';

/** All at once, so that two columns may swap their names. */
export const rename: StepKind<'rename', null> = {
  state: z.null(),
  fit({ columns }, context) {
    const inputs: string[] = [];
    const outputs: string[] = [];
    for (const [from, to] of Object.entries(columns)) {
      if (!findColumn(context.table, from)) context.fault(['columns', from], unknownColumn(from, context));
      else {
        inputs.push(from);
        outputs.push(to);
      }
    }
    const operations: LearnedOperation<null>[] = inputs.length > 0 ? [{ inputs, outputs, state: null }] : [];
    return { operations, removed: inputs.filter((name) => !outputs.includes(name)) };
  },
  apply({ outputs }, columns) {
    return columns.map((column, i) => ({ ...column, name: outputs[i]! }));
  },
};
