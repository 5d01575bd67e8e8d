import { z } from 'zod';
import { evaluateOn, expressionOf, learnFormula } from '../expression/compiled.ts';
import type { StepKind } from '../step-kind.ts';

const state = z.strictObject({ formula: z.string() });

export type ExpressionState = z.output<typeof state>;

/** A number from other columns of the row. */
export const expression: StepKind<'expression', ExpressionState> = {
  state,
  fit({ output, formula }, context) {
    const learned = learnFormula(formula, context);
    return { operations: learned ? [{ inputs: learned.reads, outputs: [output], state: { formula } }] : [] };
  },
  apply({ state, outputs }, columns, { nRows }) {
    const tree = expressionOf(state, state.formula, new Map(columns.map(({ name, kind }) => [name, kind])));
    const values = evaluateOn(tree, columns, nRows);
    return [{ kind: 'numeric', name: outputs[0]!, values, integer: false }];
  },
};
