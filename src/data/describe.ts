import { type Column, isMissing, type Table } from './table.ts';

export interface ColumnSummary {
  readonly name: string;
  readonly kind: Column['kind'];
  readonly missing: number;
  readonly missingShare: number;
  /** Different values, missing not counted. */
  readonly distinct: number;
  /** Of numbers, and of instants in milliseconds since 1970. */
  readonly min?: number;
  readonly max?: number;
  readonly mean?: number;
  /** The most frequent texts, most frequent first. */
  readonly top?: readonly (readonly [string, number])[];
}

const TOP = 5;

export function describeColumns(table: Table): ColumnSummary[] {
  return table.columns.map((column) => describeColumn(column, table.nRows));
}

function describeColumn(column: Column, nRows: number): ColumnSummary {
  let missing = 0;
  for (let row = 0; row < nRows; row++) if (isMissing(column, row)) missing++;
  const { name, kind } = column;
  const missingShare = nRows === 0 ? 0 : missing / nRows;
  if (column.kind === 'categorical') {
    const counts = new Int32Array(column.categories.length);
    for (const code of column.codes) if (code !== -1) counts[code]!++;
    const used = [...counts.keys()].filter((code) => counts[code]! > 0);
    const top = used
      .sort((a, b) => counts[b]! - counts[a]!)
      .slice(0, TOP)
      .map((code) => [column.categories[code]!, counts[code]!] as const);
    return { name, kind, missing, missingShare, distinct: used.length, top };
  }
  const distinct = new Set<number>();
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of column.values) {
    if (Number.isNaN(value)) continue;
    distinct.add(value);
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const present = nRows - missing;
  return {
    name,
    kind,
    missing,
    missingShare,
    distinct: distinct.size,
    ...(present > 0 ? { min, max } : {}),
    ...(present > 0 && kind === 'numeric' ? { mean: sum / present } : {}),
  };
}
