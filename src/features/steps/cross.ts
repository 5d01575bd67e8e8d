import { z } from 'zod';
import { type CategoricalColumn, isMissing } from '../../data/table.ts';
import { chooseColumns } from '../choose-columns.ts';
import { textsOf } from '../column-cells.ts';
import type { StepKind } from '../step-kind.ts';

/** Stands between the texts of a combination. */
export const CROSS = ' × ';

/** The texts of several columns as one; missing where one of them is. Nothing is learned. */
export const cross: StepKind<'cross', null> = {
  state: z.null(),
  fit({ columns, output }, context) {
    const chosen = chooseColumns({ columns }, context, ['categorical']);
    const operation = { inputs: chosen.map(({ name }) => name), outputs: [output], state: null };
    return { operations: chosen.length > 0 ? [operation] : [] };
  },
  apply({ outputs }, [first, ...others]) {
    const joined = others.map(textsOf).reduce(combine, textsOf(first!));
    return [{ ...joined, name: outputs[0]! }];
  },
};

function combine(left: CategoricalColumn, right: CategoricalColumn): CategoricalColumn {
  const codes = new Int32Array(left.codes.length).fill(-1);
  const categories: string[] = [];
  const codeOf = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) {
    if (isMissing(left, row) || isMissing(right, row)) continue;
    const pair = left.codes[row]! * right.categories.length + right.codes[row]!;
    let code = codeOf.get(pair);
    if (code === undefined) {
      code = categories.push(left.categories[left.codes[row]!]! + CROSS + right.categories[right.codes[row]!]!) - 1;
      codeOf.set(pair, code);
    }
    codes[row] = code;
  }
  return { kind: 'categorical', name: '', codes, categories };
}
