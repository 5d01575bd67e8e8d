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
  /** Rows from 2 up, or a share of them up to 1. */
  readonly minSamplesSplit: number;
  /** Rows from 1 up, or a share of them below 1. */
  readonly minSamplesLeaf: number;
  /** The split with the greatest gain comes first; of equal ones that of the node that was made first. */
  readonly maxLeafNodes: number | null;
  readonly minImpurityDecrease: number;
  readonly bootstrap: boolean;
  /** Rows that are drawn for a tree: a number above 1, or a share of them up to 1. */
  readonly maxSamples: number | null;
  /** A class that a mapping does not name weighs 1. */
  readonly classWeight: 'balanced' | 'balanced_subsample' | Readonly<Record<string, number>> | null;
  readonly splitter: 'best' | 'random';
  readonly maxBins: number;
  readonly randomState: number;
}

/** What is learned: features (numeric and categorical columns only, missing cells allowed) and a complete target. */
export interface TrainingSet {
  readonly features: Table;
  readonly target: ClassTarget | NumericTarget;
  /**
   * One positive weight a row. With bootstrap rows are drawn evenly and weigh in the trees that drew them; scikit-learn draws them in
   * proportion to their weights, from 1.9 on.
   */
  readonly sampleWeight?: Float64Array;
}

export interface FitOptions {
  /** Worker threads; -1: one a core. The result does not depend on it. */
  readonly nJobs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (treesDone: number, treesTotal: number) => void;
  /** What a user should know before a long wait. */
  readonly onWarning?: (message: string) => void;
  /** Stop growing after this time and keep the longest prefix of whole trees (at least one). */
  readonly maxTrainTimeMs?: number;
}
