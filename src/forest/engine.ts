import type { Table } from '../data/table.ts';
import type { ClassTarget, NumericTarget } from '../data/target.ts';

export type { ClassTarget, NumericTarget, Task } from '../data/target.ts';

/** scikit-learn's hyperparameters under its names (in camelCase); see docs of RandomForestClassifier and -Regressor. */
export interface ForestParams {
  readonly nEstimators: number;
  readonly criterion: 'gini' | 'entropy' | 'squared_error';
  /** null: grow until pure. */
  readonly maxDepth: number | null;
  /** A number from 1 up counts features, a fraction below 1 is a share of them. */
  readonly maxFeatures: 'sqrt' | 'log2' | number | null;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly maxLeafNodes: number | null;
  readonly minImpurityDecrease: number;
  readonly bootstrap: boolean;
  readonly maxSamples: number | null;
  readonly classWeight: 'balanced' | 'balanced_subsample' | Readonly<Record<string, number>> | null;
  readonly splitter: 'best' | 'random';
  readonly maxBins: number;
  readonly randomState: number;
}

/** What is learned: features (numeric and categorical columns only, missing cells allowed) and a complete target. */
export interface TrainingSet {
  readonly features: Table;
  readonly target: ClassTarget | NumericTarget;
  /** One positive weight a row. */
  readonly sampleWeight?: Float64Array;
}

export interface FitOptions {
  /** Worker threads; -1: one a core. The result does not depend on it. */
  readonly nJobs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (treesDone: number, treesTotal: number) => void;
  /** Stop growing after this time and keep the longest prefix of whole trees (at least one). */
  readonly maxTrainTimeMs?: number;
}
