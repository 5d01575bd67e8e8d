import type { ColumnSummary } from '../data/describe.ts';
import { getColumn, type Table } from '../data/table.ts';
import { prepareTarget } from '../data/target.ts';

/** What a look at the table suggests for mlops.yaml, each with the reason in words. */
export interface Guess {
  readonly target: string;
  readonly targetReason: string;
  readonly task: 'classification' | 'regression';
  readonly time: string | undefined;
  readonly exclude: readonly { readonly column: string; readonly reason: string }[];
}

const TARGET_NAMES = [
  'target',
  'label',
  'class',
  'y',
  'outcome',
  'churn',
  'default',
  'income',
  'price',
  'cnt',
  'count',
];
const NAMES_OF_KEYS = /^(id|uuid|guid|key|index|instant|row|rownum|.*[_-]id)$/i;
/** A column this close to the target is rather the target again than a feature. */
const LEAK_CORRELATION = 0.9;

/**
 * Looks at a table as a data scientist would at first sight: which column is predicted, which says when, which are
 * identifiers, and which give the target away.
 */
export function guessProject(table: Table, columns: readonly ColumnSummary[], asked: string | undefined): Guess {
  const { target, reason } = guessTarget(columns, asked);
  const task = prepareTarget(table, target, 'auto').task;
  const time = columns.find((c) => c.kind === 'datetime' && c.missing === 0 && c.name !== target)?.name;
  const parts = summandsOf(table, target);
  const exclude = columns
    .filter((column) => column.name !== target && column.name !== time)
    .flatMap((column) => {
      const why = parts?.includes(column.name)
        ? `${parts.join(' + ')} = ${target}: known only after the fact`
        : whyExclude(table, column, target);
      return why === undefined ? [] : [{ column: column.name, reason: why }];
    });
  return { target, targetReason: reason, task, time, exclude };
}

function guessTarget(columns: readonly ColumnSummary[], asked: string | undefined): { target: string; reason: string } {
  if (asked !== undefined) return { target: asked, reason: 'as you said' };
  const named = columns.find((column) => TARGET_NAMES.includes(column.name.toLowerCase()));
  if (named) return { target: named.name, reason: 'by its name' };
  return { target: columns.at(-1)!.name, reason: 'the last column; correct it if another one is meant' };
}

function whyExclude(table: Table, column: ColumnSummary, target: string): string | undefined {
  const unique = column.distinct === table.nRows - column.missing && column.missing === 0;
  if (unique && column.kind !== 'datetime' && (NAMES_OF_KEYS.test(column.name) || column.kind === 'categorical')) {
    return 'a different value in every row: an identifier';
  }
  const r = Math.abs(correlation(table, column.name, target));
  if (r > LEAK_CORRELATION) {
    return `correlation ${r.toFixed(2)} with the target: known only after the fact? if not, take it out of this list`;
  }
  return undefined;
}

/** Two columns that add up to the target in every row, such as casual and registered rentals. */
function summandsOf(table: Table, target: string): readonly [string, string] | undefined {
  const sum = getColumn(table, target, 'target');
  if (sum.kind !== 'numeric') return undefined;
  const numbers = table.columns.filter((c) => c.kind === 'numeric').filter((c) => c.name !== target);
  for (const [i, a] of numbers.entries()) {
    for (const b of numbers.slice(i + 1)) {
      // The first row that does not fit ends the look at a pair. A column of zeros adds nothing.
      const fits = sum.values.every((total, row) => Object.is(a.values[row]! + b.values[row]!, total));
      if (fits && a.values.some((value) => value !== 0) && b.values.some((value) => value !== 0)) {
        return [a.name, b.name];
      }
    }
  }
  return undefined;
}

/** Pearson's r of two number columns over rows that have both; 0 for others. */
function correlation(table: Table, left: string, right: string): number {
  const a = getColumn(table, left, 'column');
  const b = getColumn(table, right, 'column');
  if (a.kind !== 'numeric' || b.kind !== 'numeric') return 0;
  let n = 0;
  let [sumA, sumB] = [0, 0];
  const both = (row: number): boolean => !Number.isNaN(a.values[row]) && !Number.isNaN(b.values[row]);
  for (let row = 0; row < table.nRows; row++) {
    if (!both(row)) continue;
    n++;
    sumA += a.values[row]!;
    sumB += b.values[row]!;
  }
  if (n < 2) return 0;
  let [ab, aa, bb] = [0, 0, 0];
  for (let row = 0; row < table.nRows; row++) {
    if (!both(row)) continue;
    const x = a.values[row]! - sumA / n;
    const y = b.values[row]! - sumB / n;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
