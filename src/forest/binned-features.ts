import type { ForestFeature } from './forest.ts';

/** The bin of missing cells where a feature has at most as many others. */
export const MISSING = 255;
/** The bin of missing cells of a feature with more categories than that. */
export const MISSING_WIDE = 65_535;
/** As many as two bytes tell apart beside the missing cells. */
export const MOST_CATEGORIES = MISSING_WIDE;

/**
 * Features as small whole numbers. All arrays are shared memory, so that threads read the same.
 *
 * Shapes  columns: nFeatures of nRows · low, high: nFeatures × 256, least and greatest value of each bin of numbers
 */
export interface BinnedFeatures {
  readonly nRows: number;
  readonly features: readonly ForestFeature[];
  /** The bin of each row: one byte, or two where a feature has more than 255 categories. */
  readonly columns: readonly (Uint8Array | Uint16Array)[];
  /** The one-byte columns once more, row by row, where the table is large. */
  readonly byRow: Uint8Array | undefined;
  /** Number of bins without the one of missing cells. */
  readonly nBins: Int32Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}
