import type { FeatureStepSettings, StepName } from '../config/feature-steps.ts';
import { type Column, columnNames, type Table, takeRows } from '../data/table.ts';
import { takeTarget } from '../data/target.ts';
import type { SettingFault } from '../errors/settings-error.ts';
import { applyOperation } from './apply-operations.ts';
import type { LearnedOperation, Operation, StepContext } from './step-kind.ts';
import { stepKind } from './steps/registry.ts';

export interface FittedSteps {
  readonly operations: readonly Operation[];
  /** The training rows, as the forest gets them. */
  readonly table: Table;
  /** Of the training rows given, those that were kept. */
  readonly rows: Int32Array;
  readonly faults: readonly SettingFault[];
}

type FitSteps = Omit<StepContext, 'table' | 'fault'>;

/** Fits each step on what the ones before have made of the training rows. A step with faults is passed over, to find those of the others. */
export function fitSteps(steps: readonly FeatureStepSettings[], table: Table, fit: FitSteps): FittedSteps {
  const state = { table, target: fit.target, rows: Int32Array.from({ length: table.nRows }, (_, row) => row) };
  const operations: Operation[] = [];
  const faults: SettingFault[] = [];
  const clouded: string[] = [];
  for (const [i, step] of steps.entries()) {
    const [name, settings] = Object.entries(step)[0] as [StepName, never];
    const own: SettingFault[] = [];
    const fault = (path: readonly (string | number)[], problem: string): void => {
      own.push({ path: ['features', 'steps', i, name, ...path], problem });
    };
    const kind = stepKind(name);
    const context: StepContext = { ...fit, table: state.table, target: state.target, fault };
    const learned = kind.fit(settings, context);
    const learnedOperations = learned.operations ?? [];
    const removed = learned.removed ?? [];
    checkNames(learnedOperations, removed, context);
    if (own.length > 0) {
      // What a step with faults would have made is no fault of the steps after it.
      faults.push(...own.filter(({ problem }) => !clouded.some((text) => isAbout(problem, text))));
      clouded.push(...textsIn(settings));
      continue;
    }
    state.table = withOutputs(name, state.table, learnedOperations, removed, operations);
    if (learned.rows) {
      const { rows } = learned;
      state.table = takeRows(state.table, rows);
      state.target = takeTarget(state.target, rows);
      state.rows = Int32Array.from(rows, (row) => state.rows[row]!);
    }
  }
  return { operations, table: state.table, rows: state.rows, faults };
}

/** The columns after the step; its operations are added to those before. */
function withOutputs(
  kind: StepName,
  table: Table,
  learned: readonly LearnedOperation<unknown>[],
  removed: readonly string[],
  operations: Operation[],
): Table {
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const made: Column[] = [];
  for (const { inputs, outputs, state, training } of learned) {
    // As it comes back from the model's JSON: keys in the order of the schema, nothing that JSON cannot hold.
    const operation: Operation = { kind, inputs, outputs, state: stepKind(kind).state.parse(state) };
    operations.push(operation);
    const cells = inputs.map((input) => columns.get(input)!);
    made.push(...(training ?? applyOperation(operation, cells, table)));
  }
  for (const name of removed) columns.delete(name);
  for (const column of made) columns.set(column.name, column);
  return { nRows: table.nRows, columns: [...columns.values()] };
}

/** An output may take the place of its own input, and of no other column. */
function checkNames(
  learned: readonly LearnedOperation<unknown>[],
  removed: readonly string[],
  { table, fault }: StepContext,
): void {
  const taken = new Set(columnNames(table));
  for (const name of removed) taken.delete(name);
  const made = new Set<string>();
  for (const { inputs, outputs } of learned) {
    for (const output of outputs) {
      if (made.has(output) || (taken.has(output) && !inputs.includes(output))) {
        fault(
          [],
          `makes the column "${output}", but there is one of that name: choose another one, or rename or drop that one before`,
        );
      }
      made.add(output);
    }
  }
}

/** Whether a fault is that of a column which a step that names `text` would have made: `text` itself, or with an ending. */
function isAbout(problem: string, text: string): boolean {
  const name = /^is "([^"]+)", |: there is no column "([^"]+)"/.exec(problem)?.slice(1).find(Boolean);
  return name?.startsWith(text) === true && !/^[\p{L}\p{N}]/u.test(name.slice(text.length));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}
