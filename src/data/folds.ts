import { MlopsError } from '../errors/mlops-error.ts';
import { hashColumn, hashRows } from './row-hash.ts';
import { getColumn, selectColumns, type Table } from './table.ts';
import type { Target } from './target.ts';

const DAY_MS = 86_400_000;
/** Chance fills a fold well enough when it holds between half and twice its share of the rows. */
const TOLERANCE = 2;
/** Rows are put into folds by other numbers than those that held rows out: the training rows have only the greater ones of these. */
const FOLD_STREAM = 0x2545f491;

export type FoldMethod = 'k-fold' | 'stratified' | 'group' | 'time';

export interface FoldRequest {
  readonly method: FoldMethod;
  readonly folds: number;
  /** Of the rows of the table. */
  readonly target: Target;
  readonly seed: number;
  /** Columns whose content decides the fold of a row (k-fold, stratified). */
  readonly columns: readonly string[];
  /** The column of the groups (group). */
  readonly group?: string;
  /** The column that says when a row happened (time). */
  readonly time?: string;
  /** Days left out between training and validation rows (time). */
  readonly gap?: number;
}

/** Row numbers, ascending. A row is never in both. */
export interface Fold {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Folds for cross-validation, by the content of rows as in `splitRows`: equal rows (or a group) are in one fold and keep it when
 * others are added; only where rows are so few that chance fills folds unevenly, the rows there are decide. By time, fold i is
 * validated on stretch i + 1 of as many stretches as there are folds and one more, and trained on all before.
 *
 * @throws INPUT_INVALID when there are more folds than rows of a class, groups or instants · COLUMN_NOT_FOUND
 */
export function makeFolds(table: Table, request: FoldRequest): Fold[] {
  return request.method === 'time' ? timeFolds(table, request) : partition(foldOfRows(table, request), request.folds);
}

/** The fold of each row. */
function foldOfRows(table: Table, request: FoldRequest): Int32Array {
  const { method, folds, target } = request;
  const seed = (request.seed ^ FOLD_STREAM) >>> 0;
  if (method === 'group') {
    const column = getColumn(table, request.group!, 'search.split.column');
    const { fold, distinct } = foldsByNumber(hashColumn(column, seed), folds);
    return (
      fold ??
      tooMany(
        folds,
        `${column.name} has only ${distinct} ${distinct === 1 ? 'group' : 'groups'} among the training rows`,
      )
    );
  }
  const hash = hashRows(selectColumns(table, request.columns), seed);
  if (method === 'k-fold') {
    const { fold, distinct } = foldsByNumber(hash, folds);
    return fold ?? tooMany(folds, `there are only ${distinct} different training rows`);
  }
  if (target.task !== 'classification') {
    throw new MlopsError(
      'INPUT_INVALID',
      '"search.split.method" is "stratified", but regression has no classes; use k-fold',
    );
  }
  const out = new Int32Array(table.nRows);
  const faults: string[] = [];
  for (const [code, label] of target.classes.entries()) {
    const rows = rowsWhere(table.nRows, (row) => target.codes[row] === code);
    if (rows.length === 0) continue;
    const { fold, distinct } = foldsByNumber(
      Float64Array.from(rows, (row) => hash[row]!),
      folds,
    );
    if (fold) for (const [i, row] of rows.entries()) out[row] = fold[i]!;
    else faults.push(`class "${label}" has only ${distinct} different training rows`);
  }
  if (faults.length > 0) tooMany(folds, `${faults.join(', ')}; or use the method k-fold`);
  return out;
}

function tooMany(folds: number, but: string): never {
  throw new MlopsError('INPUT_INVALID', `"search.split.folds" is "${folds}", but ${but}`);
}

/** Equal numbers in one fold; `fold` is undefined when there are fewer different numbers than folds. */
function foldsByNumber(numbers: Float64Array, folds: number): { fold: Int32Array | undefined; distinct: number } {
  const even = Int32Array.from(numbers, (number) => Math.floor(number * folds));
  const counts = new Int32Array(folds);
  for (const fold of even) counts[fold]!++;
  const share = numbers.length / folds;
  if (counts.every((count) => count * TOLERANCE >= share && count <= share * TOLERANCE)) {
    return { fold: even, distinct: folds };
  }
  const { starts, distinct } = stretches(numbers, folds);
  if (starts === undefined) return { fold: undefined, distinct };
  return { fold: Int32Array.from(numbers, (number) => stretchOf(number, starts)), distinct };
}

/**
 * The least number of each of `count` stretches that hold about equally many of the numbers and at least one each; equal numbers
 * are in one stretch.
 */
function stretches(numbers: Float64Array, count: number): { starts: number[] | undefined; distinct: number } {
  const sorted = numbers.slice().sort();
  /** Where each different number begins. */
  const begins: number[] = [];
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) begins.push(i);
  const distinct = begins.length;
  if (distinct < count) return { starts: undefined, distinct };
  const starts = [sorted[0]!];
  let at = 0;
  for (let stretch = 1; stretch < count; stretch++) {
    const wanted = (stretch * sorted.length) / count;
    const last = distinct - (count - stretch);
    at++;
    while (at < last && Math.abs(begins[at + 1]! - wanted) < Math.abs(begins[at]! - wanted)) at++;
    starts.push(sorted[begins[at]!]!);
  }
  return { starts, distinct };
}

function stretchOf(number: number, starts: readonly number[]): number {
  let stretch = starts.length - 1;
  while (stretch > 0 && number < starts[stretch]!) stretch--;
  return stretch;
}

function partition(fold: Int32Array, folds: number): Fold[] {
  return Array.from({ length: folds }, (_, i) => ({
    train: rowsWhere(fold.length, (row) => fold[row] !== i),
    validation: rowsWhere(fold.length, (row) => fold[row] === i),
  }));
}

/** Rows without an instant are in no fold. */
function timeFolds(table: Table, { folds, time, gap = 0 }: FoldRequest): Fold[] {
  const column = getColumn(table, time!, 'data.time');
  if (column.kind === 'categorical') {
    throw new MlopsError(
      'INPUT_INVALID',
      `"data.time" is "${time}", but that column holds texts such as "${column.categories[0]}"; expected ISO 8601 dates or numbers`,
    );
  }
  if (column.kind === 'numeric' && gap > 0) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"search.split.gap" is "${gap}" days, but "${time}" holds numbers, which have no days; expected 0 or ISO 8601 dates`,
    );
  }
  const { values } = column;
  const { starts, distinct } = stretches(
    values.filter((value) => !Number.isNaN(value)),
    folds + 1,
  );
  if (starts === undefined) {
    return tooMany(
      folds,
      `${time} has only ${distinct} different values among the training rows; ${folds} folds need ${folds + 1}`,
    );
  }
  return Array.from({ length: folds }, (_, i) => {
    const from = starts[i + 1]!;
    const to = starts[i + 2] ?? Number.POSITIVE_INFINITY;
    const before = from - gap * DAY_MS;
    const train = rowsWhere(values.length, (row) => values[row]! < before);
    if (train.length === 0) {
      throw new MlopsError(
        'INPUT_INVALID',
        `"search.split.gap" is "${gap}" days, which leaves fold ${i + 1} of ${folds} no row to train on; use a shorter gap or fewer folds`,
      );
    }
    return { train, validation: rowsWhere(values.length, (row) => values[row]! >= from && values[row]! < to) };
  });
}

function rowsWhere(nRows: number, holds: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(nRows);
  let count = 0;
  for (let row = 0; row < nRows; row++) if (holds(row)) rows[count++] = row;
  return rows.slice(0, count);
}

/**
 * The `count` rows with the smallest hashes, ascending: a smaller part of the same rows lies within a larger one.
 *
 * @param hash one number a row of the table
 */
export function subsample(rows: Int32Array, hash: Float64Array, count: number): Int32Array {
  if (count >= rows.length) return rows;
  const chosen = rows.slice().sort((a, b) => hash[a]! - hash[b]! || a - b);
  return chosen.subarray(0, count).sort();
}
