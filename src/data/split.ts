import type { SplitSettings } from '../config/data-settings.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { hashColumn, hashRows } from './row-hash.ts';
import { cellValue, getColumn, isMissing, selectColumns, type Table } from './table.ts';
import type { Task } from './target.ts';

const DAY_MS = 86_400_000;
const ALL = '';
/** The share of rows that chance held out is taken when it lies between half and twice the share asked for. */
const TOLERANCE = 2;

/**
 * Where the held-out side begins, so that rows that come later fall on the side that they would have fallen on: an instant
 * (time), or hash values by stratum (else).
 */
export type SplitCutoffs = Readonly<Record<string, number>>;

export interface SplitRequest {
  readonly settings: SplitSettings;
  readonly task: Task;
  readonly target: string;
  readonly time?: string;
  readonly seed: number;
  /** Columns whose content decides the side of a row (random, stratified): the key, or all that may be features; default: all. */
  readonly columns?: readonly string[];
  /** Of an earlier split: apply it instead of finding new ones. */
  readonly cutoff?: SplitCutoffs;
}

export interface Split {
  readonly method: Exclude<SplitSettings['method'], 'auto'>;
  /** Row numbers, ascending. */
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly cutoff?: SplitCutoffs;
  /** For people: `newest 20 % by dteday held out`. */
  readonly description: string;
}

/**
 * Splits rows by their content, never by their position: rows that are equal fall on the same side, and a row keeps its side
 * when others are added. Only where rows, classes or groups are so few that chance misses the share by far, the rows there
 * are decide where the line is drawn. By time, the line moves with the newest row.
 *
 * @throws INPUT_INVALID · COLUMN_NOT_FOUND · SPLIT_EMPTY when a side would be empty
 */
export function splitRows(table: Table, request: SplitRequest): Split {
  const method = methodOf(request);
  const share = `${Math.round(request.settings['test-fraction'] * 100)} %`;
  const split = { time: byTime, column: byColumn, group: byGroup, random: byHash, stratified: byHash }[method];
  const { side, cutoff, words } = split(table, request, method, share);
  const train = rowsOn(side, 1);
  const test = rowsOn(side, 2);
  if (request.cutoff === undefined && (train.length === 0 || test.length === 0)) {
    throw new MlopsError(
      'SPLIT_EMPTY',
      `the split (${method}, ${share} held out) leaves ${train.length} rows to train on and ${test.length} to evaluate on`,
    );
  }
  return { method, train, test, ...(cutoff === undefined ? {} : { cutoff }), description: words };
}

/** 0: on neither side, 1: train, 2: test. */
type Sides = Uint8Array;
interface Sided {
  readonly side: Sides;
  readonly cutoff?: SplitCutoffs;
  readonly words: string;
}

function methodOf({ settings, task, time }: SplitRequest): Split['method'] {
  const { method, column } = settings;
  if (method === 'time' && time === undefined) {
    throw new MlopsError('INPUT_INVALID', '"data.split.method" is "time", but "data.time" names no column');
  }
  if ((method === 'group' || method === 'column') && column === undefined) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"data.split.method" is "${method}", but "data.split.column" names no column`,
    );
  }
  if (method !== 'auto') return method;
  if (time !== undefined) return 'time';
  return task === 'classification' ? 'stratified' : 'random';
}

function byTime(table: Table, { settings, time, cutoff }: SplitRequest, _method: string, share: string): Sided {
  const column = getColumn(table, time!, 'data.time');
  if (column.kind === 'categorical') {
    throw new MlopsError(
      'INPUT_INVALID',
      `"data.time" is "${time}", but that column holds texts such as "${column.categories[0]}"; expected ISO 8601 dates or numbers`,
    );
  }
  if (column.kind === 'numeric' && settings.gap > 0) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"data.split.gap" is "${settings.gap}" days, but "${time}" holds numbers, which have no days; expected 0 or ISO 8601 dates`,
    );
  }
  const { values } = column;
  const from = cutoff?.[ALL] ?? timeCutoff(values, settings['test-fraction']);
  const before = from - settings.gap * DAY_MS;
  const side = Uint8Array.from(values, (value) => (value >= from ? 2 : value < before ? 1 : 0));
  return { side, cutoff: { [ALL]: from }, words: `the newest ${share} by ${time} held out` };
}

/** Rows of one instant stay together; the oldest instant is always trained on. */
function timeCutoff(values: Float64Array, fraction: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return Number.NaN;
  const at = sorted[Math.max(0, sorted.length - Math.max(1, Math.round(sorted.length * fraction)))]!;
  if (at > sorted[0]!) return at;
  return sorted.find((value) => value > at) ?? Number.POSITIVE_INFINITY;
}

function byColumn(table: Table, { settings }: SplitRequest): Sided {
  const column = getColumn(table, settings.column!, 'data.split.column');
  const side = new Uint8Array(table.nRows);
  const other = new Set<string>();
  for (let row = 0; row < table.nRows; row++) {
    const value = String(cellValue(column, row) ?? '').toLowerCase();
    if (value === 'train') side[row] = 1;
    else if (value === 'test') side[row] = 2;
    else other.add(value);
  }
  if (other.size > 0) {
    const found = [...other].slice(0, 5).map((value) => `"${value}"`);
    throw new MlopsError(
      'INPUT_INVALID',
      `"data.split.column" is "${column.name}", which holds ${found.join(', ')}; expected train or test`,
    );
  }
  return { side, words: `held out as the column ${column.name} says` };
}

/** Whole groups: those with the smallest hashes. */
function byGroup(table: Table, { settings, seed, cutoff }: SplitRequest, _method: string, share: string): Sided {
  const column = getColumn(table, settings.column!, 'data.split.column');
  const hash = hashColumn(column, seed);
  const below = cutoff?.[ALL] ?? hashCutoff(hash, settings['test-fraction'], true);
  const side = Uint8Array.from(hash, (value) => (value < below ? 2 : 1));
  return { side, cutoff: { [ALL]: below }, words: `${share} held out, groups of ${column.name} kept together` };
}

/** The rows with the smallest hashes are held out; `stratified`: of each class its share. */
function byHash(table: Table, request: SplitRequest, method: string, share: string): Sided {
  const { settings, seed, target, cutoff } = request;
  const fraction = settings['test-fraction'];
  const hash = hashRows(request.columns ? selectColumns(table, request.columns) : table, seed);
  const column = method === 'stratified' ? getColumn(table, target, 'target') : undefined;
  const strata = new Map<string, number[]>();
  const stratumOf = Array.from(hash, (_, row) =>
    column === undefined || isMissing(column, row) ? ALL : String(cellValue(column, row)),
  );
  for (const [row, stratum] of stratumOf.entries()) {
    const rows = strata.get(stratum);
    if (rows) rows.push(row);
    else strata.set(stratum, [row]);
  }
  const cutoffs = new Map<string, number>();
  const side = new Uint8Array(table.nRows);
  for (const [stratum, rows] of strata) {
    const hashes = Float64Array.from(rows, (row) => hash[row]!);
    // A class that the first split did not see is split by its share alone.
    const known = cutoff && (Object.hasOwn(cutoff, stratum) ? cutoff[stratum]! : fraction);
    const below = known ?? hashCutoff(hashes, fraction, column === undefined);
    cutoffs.set(stratum, below);
    for (const row of rows) side[row] = hash[row]! < below ? 2 : 1;
  }
  const words = method === 'stratified' ? `${share} of every class held out` : `${share} held out by chance`;
  return { side, cutoff: cutoff ?? Object.fromEntries(cutoffs), words };
}

/**
 * Rows whose hash lies below are held out. Hashes are spread evenly, so that this is the share itself; where the rows are so
 * few that it misses by far, the hash that comes nearest to the share.
 *
 * @param some hold out some rows if there are two different hashes, even when none would be nearer to the share
 */
function hashCutoff(hashes: Float64Array, fraction: number, some: boolean): number {
  const sorted = hashes.slice().sort();
  const size = sorted.length;
  const wanted = size * fraction;
  const count = sorted.findIndex((hash) => hash >= fraction);
  const heldOut = count === -1 ? size : count;
  const tooFew = heldOut * TOLERANCE < wanted || (size - heldOut) * TOLERANCE < size - wanted;
  if (!tooFew && heldOut <= wanted * TOLERANCE) return fraction;
  let best = 0;
  for (let i = 1; i < size; i++) {
    if (sorted[i] === sorted[i - 1]) continue;
    if ((some && best === 0) || Math.abs(i - wanted) < Math.abs(best - wanted)) best = i;
  }
  return sorted[best]!;
}

function rowsOn(side: Sides, which: number): Int32Array {
  const rows = new Int32Array(side.length);
  let count = 0;
  for (let row = 0; row < side.length; row++) if (side[row] === which) rows[count++] = row;
  return rows.slice(0, count);
}
