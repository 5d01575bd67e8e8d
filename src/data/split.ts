import type { SplitSettings } from '../config/data-settings.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { hashRows, hashUnit } from './row-hash.ts';
import { type Column, cellValue, getColumn, isMissing, type Table } from './table.ts';
import type { Task } from './target.ts';

const DAY_MS = 86_400_000;
const ALL = '';

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
 * when others are added.
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
  const at = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * (1 - fraction)))]!;
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

/** Whole groups, in the order of their hashes, until the share of rows is reached. */
function byGroup(table: Table, { settings, seed, cutoff }: SplitRequest, _method: string, share: string): Sided {
  const column = getColumn(table, settings.column!, 'data.split.column');
  const hash = groupHashes(column, table.nRows, seed);
  const sizes = new Map<number, number>();
  for (const value of hash) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  let below = cutoff?.[ALL];
  if (below === undefined) {
    let rows = 0;
    const groups = [...sizes].sort(([a], [b]) => a - b);
    const last = groups.findIndex(([, size]) => (rows += size) >= table.nRows * settings['test-fraction']);
    below = groups[last + 1]?.[0] ?? groups[last]?.[0] ?? 0;
  }
  const side = Uint8Array.from(hash, (value) => (value < below ? 2 : 1));
  return { side, cutoff: { [ALL]: below }, words: `${share} held out, groups of ${column.name} kept together` };
}

function groupHashes(column: Column, nRows: number, seed: number): Float64Array {
  return Float64Array.from({ length: nRows }, (_, row) => hashUnit(String(cellValue(column, row)), seed));
}

/** The rows with the smallest hashes are held out; `stratified`: of each class its share. */
function byHash(table: Table, request: SplitRequest, method: string, share: string): Sided {
  const { settings, seed, target, cutoff } = request;
  const fraction = settings['test-fraction'];
  const hash = hashRows(table, seed);
  const column = method === 'stratified' ? getColumn(table, target, 'target') : undefined;
  const stratumOf = (row: number): string =>
    column === undefined || isMissing(column, row) ? ALL : String(cellValue(column, row));
  const strata = new Map<string, number[]>();
  if (cutoff === undefined) {
    for (let row = 0; row < table.nRows; row++) {
      const rows = strata.get(stratumOf(row));
      if (rows) rows.push(hash[row]!);
      else strata.set(stratumOf(row), [hash[row]!]);
    }
  }
  const cutoffs =
    cutoff ?? Object.fromEntries([...strata].map(([name, hashes]) => [name, hashCutoff(hashes, fraction)]));
  const side = new Uint8Array(table.nRows);
  // A class that the first split did not see is split by its share alone.
  for (let row = 0; row < side.length; row++) side[row] = hash[row]! < (cutoffs[stratumOf(row)] ?? fraction) ? 2 : 1;
  const words = method === 'stratified' ? `${share} of every class held out` : `${share} held out by chance`;
  return { side, cutoff: cutoffs, words };
}

/** Below it lies the share of hashes; a stratum of one row is trained on. */
function hashCutoff(hashes: number[], fraction: number): number {
  const sorted = Float64Array.from(hashes).sort();
  const count = Math.round(sorted.length * fraction);
  return sorted[Math.min(count, sorted.length - 1)]!;
}

function rowsOn(side: Sides, which: number): Int32Array {
  const rows = new Int32Array(side.length);
  let count = 0;
  for (let row = 0; row < side.length; row++) if (side[row] === which) rows[count++] = row;
  return rows.slice(0, count);
}
