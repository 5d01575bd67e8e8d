import type { DatetimePart } from '../config/features.ts';
import type { Operation } from './step-kind.ts';

/** What was learned from the training rows, as plain JSON: it is kept in the model. */
export interface FittedFeatures {
  /** The raw columns that are used, as the model's signature lists them. */
  readonly inputs: readonly RawColumn[];
  /** What `features.steps` does to the raw columns; absent without steps. */
  readonly operations?: readonly Operation[] | undefined;
  /** What is made of each column then. */
  readonly steps: readonly FeatureStep[];
  /** Names of the columns that the forest sees, in order. */
  readonly outputs: readonly string[];
  /** Raw columns that are not used, with the reason for people. */
  readonly dropped: readonly { readonly column: string; readonly reason: string }[];
}

export type FeatureStep =
  | { readonly kind: 'keep'; readonly column: string; readonly output: string }
  | { readonly kind: 'datetime-part'; readonly column: string; readonly part: DatetimePart; readonly output: string };

/** A raw column with MLflow's name of its type. */
export interface RawColumn {
  readonly name: string;
  readonly type: 'double' | 'long' | 'string' | 'datetime';
  /** No cell was missing in training: a request without it is refused. */
  readonly required: boolean;
}
