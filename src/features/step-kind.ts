import type { z } from 'zod';
import type { StepName, StepSettings } from '../config/feature-steps.ts';
import type { Column, Table } from '../data/table.ts';
import type { Target } from '../data/target.ts';

/** Something that is done to columns, with what was learned for it: plain JSON, kept in the model. */
export interface Operation<State = unknown> {
  readonly kind: StepName;
  readonly inputs: readonly string[];
  /** An output that has the name of an input takes its place. */
  readonly outputs: readonly string[];
  readonly state: State;
}

/** A step of mlops.yaml: how it learns, and how what it has learned is applied. */
export interface StepKind<Name extends StepName, State> {
  readonly state: z.ZodType<State>;
  fit(settings: StepSettings<Name>, context: StepContext): Learned<State>;
  /**
   * The same at training, in batches and behind HTTP. Absent: the step does nothing at prediction.
   *
   * @returns one column for each of the outputs, with its name
   */
  apply?(operation: Operation<State>, columns: readonly Column[], rows: Rows): readonly Column[];
}

export interface Learned<State> {
  readonly operations?: readonly LearnedOperation<State>[];
  /** Columns that neither later steps nor the forest see. */
  readonly removed?: readonly string[];
  /** The training rows that are kept. */
  readonly rows?: Int32Array;
}

export interface LearnedOperation<State> {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly state: State;
  /** The outputs of the training rows, where they are not what `apply` gives. */
  readonly training?: readonly Column[];
}

export interface Rows {
  readonly nRows: number;
}

/** What a step learns from. */
export interface StepContext {
  /** The training rows, as the steps before have left them. */
  readonly table: Table;
  /** Of the same rows. */
  readonly target: Target;
  /** `data.time`. */
  readonly time: string | undefined;
  readonly splitByTime: boolean;
  readonly seed: number;
  /** @param path below the settings of the step */
  fault(path: readonly (string | number)[], problem: string): void;
}
