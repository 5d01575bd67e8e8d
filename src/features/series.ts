import type { Column } from '../data/table.ts';

/** What was observed in one series: one point an instant, ascending; several rows of one instant are their mean. */
export interface Series {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** What tells a series apart: the cells of the group columns. */
export type SeriesKey = readonly (string | number | null)[];

/** The rows of each series, by instant; rows without an instant are in none. */
export function rowsBySeries(times: Float64Array, groups: readonly Column[]): { key: SeriesKey; rows: Int32Array }[] {
  const found = new Map<string, { key: SeriesKey; rows: number[] }>();
  for (let row = 0; row < times.length; row++) {
    if (Number.isNaN(times[row])) continue;
    const key = groups.map((column) => cellOf(column, row));
    const id = JSON.stringify(key);
    const series = found.get(id);
    if (series) series.rows.push(row);
    else found.set(id, { key, rows: [row] });
  }
  return Array.from(found.values(), ({ key, rows }) => ({
    key,
    rows: Int32Array.from(rows).sort((a, b) => times[a]! - times[b]!),
  }));
}

function cellOf(column: Column, row: number): string | number | null {
  if (column.kind === 'categorical') return column.codes[row] === -1 ? null : column.categories[column.codes[row]!]!;
  const value = column.values[row]!;
  return Number.isNaN(value) ? null : value;
}

/** @param rows of one series, by instant */
export function seriesOf(rows: Int32Array, times: Float64Array, values: Float64Array): Series {
  const at: number[] = [];
  const observed: number[] = [];
  for (let i = 0; i < rows.length; ) {
    const time = times[rows[i]!]!;
    const same: number[] = [];
    for (; i < rows.length && times[rows[i]!] === time; i++) {
      const value = values[rows[i]!]!;
      if (!Number.isNaN(value)) same.push(value);
    }
    at.push(time);
    // Sorted, so that the order of the rows does not change the last bit.
    observed.push(meanOf(same.sort((a, b) => a - b)));
  }
  return { times: Float64Array.from(at), values: Float64Array.from(observed) };
}

/** The first place whose instant is not before `time`. */
export function placeOf(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value at an instant; missing when nothing was observed then. */
export function valueAt({ times, values }: Series, time: number): number {
  const place = placeOf(times, time);
  return times[place] === time ? values[place]! : Number.NaN;
}

/** The mean of what was observed from one instant up to but not at another. */
export function meanBetween({ times, values }: Series, from: number, to: number): number {
  const observed: number[] = [];
  for (let i = placeOf(times, from); i < times.length && times[i]! < to; i++) {
    if (!Number.isNaN(values[i])) observed.push(values[i]!);
  }
  return meanOf(observed);
}

function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? Number.NaN : sum / values.length;
}
