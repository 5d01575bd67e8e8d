/** placeholder of the contract; see docs/architecture.md */
import type { Table } from '../data/table.ts';

/** Raw columns as the model's signature lists them, and the fitted steps, as plain JSON. */
export interface FittedFeatures {
  readonly inputs: readonly RawColumn[];
  readonly steps: readonly unknown[];
  /** Names of the columns that the forest sees, in order. */
  readonly outputs: readonly string[];
}

/** MLflow's column types. */
export interface RawColumn {
  readonly name: string;
  readonly type: 'double' | 'long' | 'string' | 'datetime';
  /** Missing cells were seen in training: the field may be null or absent in a request. */
  readonly required: boolean;
}

export type ApplyFeatures = (fitted: FittedFeatures, table: Table) => Table;
