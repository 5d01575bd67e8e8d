import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import type { StepKind } from '../step-kind.ts';

/** Of training rows that are alike the first one is kept; rows to predict are all answered. */
export const dedupe: StepKind<'dedupe', null> = {
  state: z.null(),
  fit({ columns, except }, context) {
    const { table, target } = context;
    const choice = { columns: columns ?? table.columns.map(({ name }) => name), except };
    const chosen = chooseColumns(choice, context, ['numeric', 'categorical', 'datetime']);
    const cells = chosen.map((column) => (column.kind === 'categorical' ? column.codes : column.values));
    let groups = grouped(new Int32Array(table.nRows), target.task === 'regression' ? target.values : target.codes);
    for (const values of cells) groups = grouped(groups, values);
    const seen = new Uint8Array(table.nRows);
    const rows = Int32Array.from(groups.keys()).filter((row) => seen[groups[row]!]!++ === 0);
    return { rows };
  },
};

/** Rows of one group whose values are the same get the same number. Missing is a value here. */
function grouped(groups: Int32Array, values: ArrayLike<number>): Int32Array {
  const places = new Map<number, number>();
  const pairs = new Map<number, number>();
  const found = new Int32Array(groups.length);
  for (let row = 0; row < groups.length; row++) {
    let place = places.get(values[row]!);
    if (place === undefined) places.set(values[row]!, (place = places.size));
    // Below 2^53 as long as there are fewer than 2^26 rows.
    const pair = groups[row]! * groups.length + place;
    let group = pairs.get(pair);
    if (group === undefined) pairs.set(pair, (group = pairs.size));
    found[row] = group;
  }
  return found;
}
