import type { FeatureSettings } from '../config/features.ts';
import { type Column, columnNames, getColumn, isMissing, type Table } from '../data/table.ts';
import type { Target } from '../data/target.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { datetimePart, isConstantColumn, varyingParts } from './datetime-parts.ts';
import type { FeatureStep, FittedFeatures, RawColumn } from './fitted-features.ts';

export type { FittedFeatures, RawColumn } from './fitted-features.ts';

/** A text column of which more than this share of the values are different identifies rows. */
const IDENTIFIER_SHARE = 0.9;
const IDENTIFIER_ROWS = 50;

export interface FitFeatures {
  readonly target: Target;
  /** The column that says when a row happened; its year and the like are features as any other. */
  readonly time?: string;
  readonly seed: number;
}

/**
 * Learns from training rows what is made of each raw column: numbers and categories stay as they are (the forest handles missing
 * cells and categories itself), instants become their parts, and columns that say nothing are left out.
 *
 * @param table training rows without the target
 * @throws INPUT_INVALID when no feature is left
 */
export function fitFeatures(table: Table, settings: FeatureSettings, _fit: FitFeatures): FittedFeatures {
  const steps: FeatureStep[] = [];
  const dropped: { column: string; reason: string }[] = [];
  const taken = new Set(columnNames(table));
  for (const column of table.columns) {
    const reason = whyDropped(column, settings);
    if (reason !== undefined) dropped.push({ column: column.name, reason });
    else if (column.kind !== 'datetime') steps.push({ kind: 'keep', column: column.name, output: column.name });
    else {
      const parts = varyingParts(column.values, settings['datetime-parts']);
      if (parts.length === 0) {
        const asked = settings['datetime-parts'].join(', ') || 'none';
        dropped.push({ column: column.name, reason: `no datetime part differs among the training rows (${asked})` });
      }
      for (const part of parts) {
        steps.push({
          kind: 'datetime-part',
          column: column.name,
          part,
          output: freeName(`${column.name}.${part}`, taken),
        });
      }
    }
  }
  if (steps.length === 0) {
    throw new MlopsError('INPUT_INVALID', [
      'no feature is left of the table',
      ...dropped.map(({ column, reason }) => `"${column}" is left out: ${reason}`),
    ]);
  }
  const used = new Set(steps.map((step) => step.column));
  const inputs = table.columns.filter((column) => used.has(column.name)).map(rawColumn);
  return { inputs, steps, outputs: steps.map((step) => step.output), dropped };
}

/** The features of raw rows: the same code at training, in batches and behind HTTP. @throws COLUMN_NOT_FOUND */
export function applyFeatures(fitted: FittedFeatures, table: Table): Table {
  const columns = fitted.steps.map((step): Column => {
    const column = getColumn(table, step.column, 'feature');
    if (step.kind === 'keep') return column;
    if (column.kind !== 'datetime') {
      throw new MlopsError(
        'DATA_UNREADABLE',
        `"${step.column}" holds ${column.kind} values, expected ISO 8601 instants`,
      );
    }
    const values = column.values.map((time) => datetimePart(time, step.part));
    return { kind: 'numeric', name: step.output, values, integer: true };
  });
  return { nRows: table.nRows, columns };
}

function whyDropped(column: Column, settings: FeatureSettings): string | undefined {
  if (isConstantColumn(column)) {
    return isMissing(column, 0) ? 'no value in any training row' : 'the same value in every training row';
  }
  if (column.kind !== 'categorical' || !settings['drop-identifiers']) return undefined;
  const present = column.codes.filter((code) => code !== -1);
  if (present.length < IDENTIFIER_ROWS) return undefined;
  const share = new Set(present).size / present.length;
  return share > IDENTIFIER_SHARE ? 'a different text in nearly every row: an identifier' : undefined;
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
