import type { CheckSettings } from '../../config/data-checks.ts';
import { durationMs } from '../../config/duration.ts';
import { parseDecimal } from '../csv/number.ts';
import type { ColumnSummary } from '../describe.ts';
import { hashRows } from '../row-hash.ts';
import { type Column, cellValue, findColumn, isMissing, type Table } from '../table.ts';
import { type CheckResult, count, missingCells, outcome, percent, rowsOf } from './check-result.ts';

const DAY_MS = 86_400_000;

export function rowCount(table: Table, settings: CheckSettings): CheckResult[] {
  return outcome({
    check: 'row count',
    severity: settings.severity['row-count'],
    passed: table.nRows >= settings['min-rows'],
    found: count(table.nRows, 'row'),
    allowed: `at least ${settings['min-rows']}`,
  });
}

/** Rows that stand in the table already. */
export function duplicateRows(table: Table, settings: CheckSettings): CheckResult[] {
  const severity = settings.severity['duplicate-rows'];
  if (severity === 'off') return [];
  const most = settings['max-duplicate-share'];
  const seen = new Set<number>();
  const again: number[] = [];
  for (const [row, hash] of hashRows(table, 0).entries()) {
    if (seen.has(hash)) again.push(row + 1);
    seen.add(hash);
  }
  const share = again.length / Math.max(1, table.nRows);
  return outcome({
    check: 'duplicate rows',
    severity,
    passed: share <= most,
    found: `${percent(share)} duplicates`,
    allowed: `at most ${percent(most)}`,
    rows: again,
  });
}

export function requiredColumns(table: Table, { required, severity }: CheckSettings): CheckResult[] {
  return required.flatMap((name) => present(name, findColumn(table, name), severity['required-columns']));
}

export function present(column: string, found: Column | undefined, severity: 'off' | 'warn' | 'fail'): CheckResult[] {
  const words = found ? 'it' : 'no such column';
  return outcome({
    check: 'present',
    column,
    severity,
    passed: found !== undefined,
    found: words,
    allowed: 'the column',
  });
}

/** Rows without a target are left out of training. */
export function targetPresent(table: Table, summary: ColumnSummary, settings: CheckSettings): CheckResult[] {
  return outcome({
    check: 'target present',
    column: summary.name,
    severity: settings.severity['target-present'],
    passed: summary.missing === 0,
    found: missingCells(summary),
    allowed: 'none; such rows are left out',
    rows: missingRows(table, summary.name),
  });
}

/** The split by time needs an instant in every row; and the newest should not be old. */
export function timeColumn(table: Table, summary: ColumnSummary, settings: CheckSettings, now: number): CheckResult[] {
  const { name: column, kind } = summary;
  const results = outcome({
    check: 'time',
    column,
    severity: settings.severity.time,
    passed: kind !== 'categorical' && summary.missing === 0,
    found: kind === 'categorical' ? 'texts' : missingCells(summary),
    allowed: 'an instant in every row',
    rows: missingRows(table, column),
  });
  const most = settings['max-age'];
  if (most === undefined || kind !== 'datetime' || summary.max === undefined) return results;
  const age = now - summary.max;
  const words = age < 2 * DAY_MS ? count(Math.round(age / 3_600_000), 'hour') : count(Math.round(age / DAY_MS), 'day');
  return results.concat(
    outcome({
      check: 'freshness',
      column,
      severity: settings.severity.freshness,
      passed: age <= durationMs(most),
      found: `its newest row ${words} ago (${new Date(summary.max).toISOString()})`,
      allowed: `one of the last ${most}`,
    }),
  );
}

/** No fault in itself, but it teaches nothing. */
export function notConstant({ name, distinct }: ColumnSummary, settings: CheckSettings): CheckResult[] {
  return outcome({
    check: 'not constant',
    column: name,
    severity: settings.severity['not-constant'],
    passed: distinct > 1,
    found: distinct === 0 ? 'no value' : distinct === 1 ? 'one value' : `${distinct} values`,
    allowed: 'at least two',
  });
}

/** A few words among numbers make texts of a whole column. */
export function oneKind(column: Column, summary: ColumnSummary, settings: CheckSettings): CheckResult[] {
  if (column.kind !== 'categorical') return [];
  const isText = column.categories.map((text) => Number.isNaN(parseDecimal(text.trim())));
  const rows = rowsOf(column, (row) => column.codes[row] !== -1 && isText[column.codes[row]!]!);
  const present = column.codes.length - summary.missing;
  if (rows.length === 0 || rows.length * 2 > present) return [];
  const example = cellValue(column, rows[0]! - 1);
  return outcome({
    check: 'one kind',
    column: column.name,
    severity: settings.severity['one-kind'],
    passed: false,
    found: `${count(rows.length, 'text')} among ${present - rows.length} numbers, such as "${example}"`,
    allowed: 'numbers only, or "missing-values" that name such texts; all cells were read as texts',
    rows,
  });
}

function missingRows(table: Table, name: string): number[] {
  const column = findColumn(table, name)!;
  return rowsOf(column, (row) => isMissing(column, row));
}
