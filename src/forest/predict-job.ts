import type { Cells } from './divide-rows.ts';
import type { Forest } from './forest.ts';

/** What threads predict together. All arrays are in memory that they share. */
export interface PredictJob {
  readonly forest: Forest;
  readonly cells: readonly Cells[];
  readonly nRows: number;
  /** Rows of a block; the last one may have fewer. */
  readonly together: number;
  /** The number of the next block. */
  readonly next: Int32Array;
  /** nRows × outputs, row-major. */
  readonly means: Float64Array;
}

/** The number of a block that nobody else takes; -1: none is left. */
export function takeBlock({ next, nRows, together }: PredictJob): number {
  const block = Atomics.add(next, 0, 1);
  return block * together < nRows ? block : -1;
}
