import type { BinnedFeatures } from './binned-features.ts';
import type { ForestParams } from './engine.ts';
import type { Response } from './response.ts';

/** Everything that all trees of a forest share; plain data and shared memory, so that it can be sent to threads. */
export interface GrowingSet {
  readonly binned: BinnedFeatures;
  readonly response: Response;
  readonly weights: Float64Array;
  readonly params: ForestParams;
}
