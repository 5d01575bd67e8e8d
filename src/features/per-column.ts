import type { Column } from '../data/table.ts';
import type { LearnedOperation } from './step-kind.ts';

/** One operation a column; what `learn` gives undefined for is left as it is. */
export function perColumn<C extends Column, State>(
  columns: readonly C[],
  suffix: string,
  learn: (column: C) => State | undefined,
): LearnedOperation<State>[] {
  return columns.flatMap((column) => {
    const state = learn(column);
    return state === undefined ? [] : [{ inputs: [column.name], outputs: [column.name + suffix], state }];
  });
}
