import type { Column, Table } from '../data/table.ts';
import { bootstrap } from '../metrics/bootstrap.ts';
import type { Predictions, Target } from '../metrics/predictions.ts';
import { presentSorted, quantileSorted } from '../metrics/quantile.ts';
import { groupRows, resampler } from '../metrics/resample.ts';
import { improvement, scoreAll } from '../metrics/score-all.ts';
import { takePredictions } from '../model/predict.ts';
import { formatNumber, oneLine } from '../reports/format.ts';
import type { SliceResult } from './evaluation.ts';

/** Values of a column beyond this many go into one slice, the rarest first. */
const MOST_VALUES = 20;
const BINS = 5;
const RESAMPLES = 300;

export interface Slice {
  /** `season = winter`, `temp 0.2 to 0.4` */
  readonly name: string;
  readonly rows: Int32Array;
}

/** The rows by the value of a column: categories and few numbers one by one, many numbers in five bins of equal size. */
export function slicesOf(column: Column): Slice[] {
  const label = oneLine(column.name, 60);
  if (column.kind === 'categorical') {
    const name = (code: number) => `${label} = ${oneLine(column.categories[code]!, 60)}`;
    return byValue(column.codes, (code) => (code === -1 ? `${label} is missing` : name(code)), label);
  }
  const sorted = presentSorted(column.values);
  const distinct = new Set(sorted);
  const show = (value: number): string =>
    column.kind === 'datetime' ? new Date(value).toISOString().slice(0, 10) : formatNumber(value);
  if (distinct.size <= MOST_VALUES && column.kind === 'numeric') {
    return byValue(
      column.values,
      (value) => (Number.isNaN(value) ? `${label} is missing` : `${label} = ${value}`),
      label,
    );
  }
  const edges = [...new Set(Array.from({ length: BINS + 1 }, (_, i) => quantileSorted(sorted, i / BINS)))];
  const bin = Int32Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return -1;
    let b = 0;
    while (b < edges.length - 2 && value > edges[b + 1]!) b++;
    return b;
  });
  return byValue(
    bin,
    (b) => (b === -1 ? `${label} is missing` : `${label} ${show(edges[b]!)} to ${show(edges[b + 1]!)}`),
    label,
  );
}

function byValue(keys: ArrayLike<number>, name: (key: number) => string, label: string): Slice[] {
  const rows = new Map<number, number[]>();
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const list = rows.get(key);
    if (list) list.push(i);
    else rows.set(key, [i]);
  }
  const entries = [...rows].sort(([a, x], [b, y]) => y.length - x.length || a - b);
  const named = entries.slice(0, MOST_VALUES).sort(([a], [b]) => a - b);
  const rest = entries.slice(MOST_VALUES).flatMap(([, list]) => list);
  const slices = named.map(([key, list]) => ({ name: name(key), rows: Int32Array.from(list) }));
  if (rest.length > 0)
    slices.push({ name: `${label}: other values`, rows: Int32Array.from(rest.sort((a, b) => a - b)) });
  return slices;
}

/** The metric on each slice of at least `minRows` rows on which it is defined. */
export function scoreSlices(
  slices: readonly Slice[],
  target: Target,
  predictions: Predictions,
  metric: string,
  options: { minRows: number; confidence: number; seed: number },
): SliceResult[] {
  const overall = scoreAll(target, predictions)[metric];
  if (overall === undefined) return [];
  const nRows = predictions.task === 'regression' ? predictions.values.length : predictions.labels.length;
  return slices.flatMap(({ name, rows }): SliceResult[] => {
    if (rows.length < options.minRows) return [];
    const t = takeTarget(target, rows);
    const p = takePredictions(predictions, rows);
    const value = scoreAll(t, p)[metric];
    if (value === undefined) return [];
    const groups = groupRows(rows.length, options.seed);
    const model = resampler(t, p, groups);
    const interval = model.names.includes(metric)
      ? bootstrap([model], groups.groups, {
          resamples: RESAMPLES,
          level: options.confidence,
          seed: options.seed,
        }).intervals[0]!.get(metric)
      : undefined;
    const { low, high } = interval ?? { low: value, high: value };
    const best = improvement(metric, low, high) > 0 ? low : high;
    return [
      {
        slice: name,
        rows: rows.length,
        share: rows.length / nRows,
        metric,
        value,
        overall,
        low,
        high,
        worse: interval !== undefined && improvement(metric, best, overall) < 0,
      },
    ];
  });
}

/** The slices of the columns that the table has; names it lacks are returned as `missing`. */
export function slicesOfColumns(table: Table, names: readonly string[]): { slices: Slice[]; missing: string[] } {
  const slices: Slice[] = [];
  const missing: string[] = [];
  for (const name of names) {
    const column = table.columns.find((c) => c.name === name);
    if (column) slices.push(...slicesOf(column));
    else missing.push(name);
  }
  return { slices, missing };
}

export function takeTarget(target: Target, rows: Int32Array): Target {
  return target.task === 'regression'
    ? { task: 'regression', values: Float64Array.from(rows, (row) => target.values[row]!) }
    : { ...target, codes: rows.map((row) => target.codes[row]!) };
}
