import type { FeatureSettings } from '../config/features.ts';
import { type Column, columnNames, getColumn, isMissing, type Table, takeRows } from '../data/table.ts';
import type { Target } from '../data/target.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { SettingsError } from '../errors/settings-error.ts';
import { applyOperations, prune } from './apply-operations.ts';
import { datetimeParts, isConstantColumn, varyingParts } from './datetime-parts.ts';
import { fitSteps } from './fit-steps.ts';
import type { FeatureStep, FittedFeatures, RawColumn } from './fitted-features.ts';
import type { Operation } from './step-kind.ts';
import { answeringAll, type LagState } from './steps/lag.ts';

export type { FittedFeatures, RawColumn } from './fitted-features.ts';

/** A text column of which more than this share of the values are different identifies rows. */
const IDENTIFIER_SHARE = 0.9;
const IDENTIFIER_ROWS = 50;

export interface FitFeatures {
  readonly target: Target;
  /** The column that says when a row happened; its year and the like are features as any other. */
  readonly time?: string;
  /** Evaluation rows come after the training rows. */
  readonly splitByTime?: boolean;
  readonly seed: number;
}

export interface FittedOnRows {
  readonly fitted: FittedFeatures;
  /** What the forest learns from; not always what `applyFeatures` gives: target encodings are those of other folds. */
  readonly features: Table;
  /** The training rows that `features` has, where steps leave some out; all in their order otherwise. */
  readonly rows: Int32Array;
}

/** As `fitFeatures`, with the features of the training rows. @throws FEATURES_INVALID · INPUT_INVALID */
export function fitTransform(table: Table, settings: FeatureSettings, fit: FitFeatures): FittedOnRows {
  const { target, time, splitByTime = false, seed } = fit;
  const made = fitSteps(settings.steps, table, { target, time, splitByTime, seed });
  if (made.faults.length > 0) throw new SettingsError('FEATURES_INVALID', made.faults);
  const { steps, dropped } = automaticSteps(made.table, settings, made.operations);
  const named = namedDrops(table, made.table, made.operations);
  if (steps.length === 0) {
    throw new MlopsError('INPUT_INVALID', [
      'no feature is left of the table',
      ...[...named, ...dropped].map(({ column, reason }) => `"${column}" is left out: ${reason}`),
    ]);
  }
  const { operations, inputs } = prune(
    made.operations,
    steps.map((step) => step.column),
  );
  const fitted: FittedFeatures = {
    inputs: table.columns.filter((column) => inputs.has(column.name)).map(rawColumn),
    ...(operations.length > 0 ? { operations } : {}),
    steps,
    outputs: steps.map((step) => step.output),
    dropped: [...named, ...dropped],
  };
  return { fitted, features: applySteps(steps, made.table), rows: made.rows };
}

/**
 * Learns from training rows what is made of each raw column: what the settings say, then numbers and categories stay as they are
 * (the forest handles missing cells and categories itself), instants become their parts, and columns that say nothing are left out.
 *
 * @param table training rows without the target
 * @throws FEATURES_INVALID with every fault of a step · INPUT_INVALID when no feature is left
 */
export function fitFeatures(table: Table, settings: FeatureSettings, fit: FitFeatures): FittedFeatures {
  return fitTransform(table, settings, fit).fitted;
}

/** The features of raw rows: the same code at training, in batches and behind HTTP. @throws COLUMN_NOT_FOUND · PAST_UNKNOWN */
export function applyFeatures(fitted: FittedFeatures, table: Table): Table {
  return applySteps(fitted.steps, applyOperations(fitted.operations ?? [], table));
}

/**
 * The features of some rows of a table that holds all there is, in the order given: the others are the past of these, and what is not
 * there never was.
 *
 * @throws COLUMN_NOT_FOUND
 */
export function applyAmong(fitted: FittedFeatures, table: Table, rows: Int32Array): Table {
  if (!looksBack(fitted)) return applyFeatures(fitted, takeRows(table, rows));
  const operations = fitted.operations!.map((operation) =>
    operation.kind === 'lag' ? { ...operation, state: answeringAll(operation.state as LagState) } : operation,
  );
  return takeRows(applyFeatures({ ...fitted, operations }, table), rows);
}

/** Without some of the features, and without what was there for them alone. @param left the reason of each that is left out */
export function keepFeatures(fitted: FittedFeatures, left: ReadonlyMap<string, string>): FittedFeatures {
  const steps = fitted.steps.filter(({ output }) => !left.has(output));
  const { operations, inputs } = prune(
    fitted.operations ?? [],
    steps.map(({ column }) => column),
  );
  return {
    inputs: fitted.inputs.filter(({ name }) => inputs.has(name)),
    ...(operations.length > 0 ? { operations } : {}),
    steps,
    outputs: steps.map(({ output }) => output),
    dropped: [...fitted.dropped, ...Array.from(left, ([column, reason]) => ({ column, reason }))],
  };
}

/** Whether the features of a row depend on earlier rows: it must be scored together with them. */
export function looksBack({ operations = [] }: FittedFeatures): boolean {
  return operations.some(({ kind }) => kind === 'lag');
}

function automaticSteps(
  table: Table,
  settings: FeatureSettings,
  operations: readonly Operation[],
): Pick<FittedFeatures, 'steps' | 'dropped'> {
  const steps: FeatureStep[] = [];
  const dropped: { column: string; reason: string }[] = [];
  const taken = new Set(columnNames(table));
  for (const column of table.columns) {
    const reason = whyDropped(column, settings);
    if (reason !== undefined) dropped.push({ column: column.name, reason });
    else if (column.kind !== 'datetime') steps.push({ kind: 'keep', column: column.name, output: column.name });
    else {
      const made = partsOf(column.name, operations);
      const parts = varyingParts(column.values, settings['datetime-parts']).filter((part) => !made.has(part));
      if (parts.length === 0 && made.size === 0) {
        const asked = settings['datetime-parts'].join(', ') || 'none';
        dropped.push({ column: column.name, reason: `no datetime part differs among the training rows (${asked})` });
      }
      for (const part of parts) {
        const output = freeName(`${column.name}.${part}`, taken);
        steps.push({ kind: 'datetime-part', column: column.name, part, output });
      }
    }
  }
  return { steps, dropped };
}

/** What a step has made of instants already. */
function partsOf(column: string, operations: readonly Operation[]): Set<string> {
  const dates = operations.filter(({ kind, inputs }) => kind === 'date' && inputs[0] === column);
  return new Set(dates.flatMap(({ outputs }) => outputs.map((name) => name.slice(column.length + 1))));
}

/** Raw columns that steps leave out without making something of them. */
function namedDrops(raw: Table, left: Table, operations: readonly Operation[]): FittedFeatures['dropped'] {
  const used = new Set([...columnNames(left), ...operations.flatMap(({ inputs }) => inputs)]);
  return columnNames(raw)
    .filter((column) => !used.has(column))
    .map((column) => ({ column, reason: 'dropped by features.steps' }));
}

function applySteps(steps: readonly FeatureStep[], table: Table): Table {
  const columns = steps.map((step): Column => {
    const column = getColumn(table, step.column, 'feature');
    if (step.kind === 'keep') return column;
    if (column.kind !== 'datetime') {
      throw new MlopsError(
        'DATA_UNREADABLE',
        `"${step.column}" holds ${column.kind} values, expected ISO 8601 instants`,
      );
    }
    return { kind: 'numeric', name: step.output, values: datetimeParts(column.values, step.part), integer: true };
  });
  return { nRows: table.nRows, columns };
}

function whyDropped(column: Column, settings: FeatureSettings): string | undefined {
  if (isConstantColumn(column)) {
    return isMissing(column, 0) ? 'no value in any training row' : 'the same value in every training row';
  }
  if (column.kind !== 'categorical' || !settings['drop-identifiers']) return undefined;
  const seen = new Uint8Array(column.categories.length);
  let [present, different] = [0, 0];
  const { codes } = column;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code === -1) continue;
    present++;
    if (seen[code] === 0) different++;
    seen[code] = 1;
  }
  if (present < IDENTIFIER_ROWS) return undefined;
  return different / present > IDENTIFIER_SHARE ? 'a different text in nearly every row: an identifier' : undefined;
}

/** A raw column may have the name already. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  while (taken.has(name)) name += '_';
  taken.add(name);
  return name;
}

function rawColumn(column: Column): RawColumn {
  const { name } = column;
  if (column.kind === 'categorical') return { name, type: 'string', required: !column.codes.includes(-1) };
  const required = !column.values.some((value) => Number.isNaN(value));
  if (column.kind === 'datetime') return { name, type: 'datetime', required };
  // MLflow's long cannot be missing; a column of whole numbers with gaps is a double there.
  return { name, type: column.integer && required ? 'long' : 'double', required };
}
