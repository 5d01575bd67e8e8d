import { z } from 'zod';
import { chooseColumns } from '../choose-columns.ts';
import { mapNumbers, presentNumbers } from '../column-cells.ts';
import { perColumn } from '../per-column.ts';
import { quantiles } from '../statistics.ts';
import type { StepKind } from '../step-kind.ts';

/** Narrower bins are put together. */
const LEAST_WIDTH = 1e-8;

const state = z.strictObject({
  /** Ascending; a value equal to one belongs to the bin above it. */
  edges: z.array(z.number()),
});

export type BinsState = z.output<typeof state>;

/** The number of the bin, between quantiles of the training rows; values beyond them belong to the first and last bin. */
export const bins: StepKind<'bins', BinsState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['numeric']);
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const present = presentNumbers(column);
        if (present.length === 0) return undefined;
        const shares = Array.from({ length: settings.bins + 1 }, (_, i) => i / settings.bins);
        const edges: number[] = [];
        for (const edge of quantiles(present, shares)) {
          if (edges.length === 0 || edge - edges.at(-1)! > LEAST_WIDTH) edges.push(edge);
        }
        return { edges: edges.slice(1, -1) };
      }),
    };
  },
  apply({ state: { edges }, outputs }, [column]) {
    const bounds = Float64Array.from(edges);
    return [mapNumbers(outputs[0]!, column!, (value) => (Number.isNaN(value) ? value : countUpTo(bounds, value)))];
  },
};

/** How many of the ascending bounds are at most `value`. */
function countUpTo(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
