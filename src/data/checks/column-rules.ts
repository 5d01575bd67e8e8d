import type { ColumnCheckSettings } from '../../config/data-checks.ts';
import type { ColumnSummary } from '../describe.ts';
import { type Column, cellValue, isMissing } from '../table.ts';
import { type CheckResult, count, missingCells, outcome, percent, rowsOf } from './check-result.ts';

/** `data.checks.columns.<name>`: what the values of one column must be. */
export function columnRules(column: Column, summary: ColumnSummary, rules: ColumnCheckSettings): CheckResult[] {
  const results: CheckResult[] = [];
  const add = (check: string, passed: boolean, found: string, allowed: string, rows: readonly number[] = []): void => {
    results.push(...outcome({ check, column: column.name, severity: rules.severity, passed, found, allowed, rows }));
  };
  if (rules.kind !== undefined) add('kind', column.kind === rules.kind, `${column.kind} values`, rules.kind);
  const most = rules['max-missing-share'];
  if (most !== undefined) {
    add('missing', summary.missingShare <= most, missingCells(summary), `at most ${percent(most)}`);
  }
  if (rules.unique) {
    const again = repeatedRows(column);
    add('unique', again.length === 0, repeated(column, again), 'each value once', again);
  }
  if (rules.min !== undefined) range('min', rules.min, (value) => value < rules.min!);
  if (rules.max !== undefined) range('max', rules.max, (value) => value > rules.max!);
  if (rules.values !== undefined) {
    const allowed = new Set(rules.values);
    const bad = rowsOf(column, (row) => !isMissing(column, row) && !allowed.has(String(cellValue(column, row))));
    add('values', bad.length === 0, others(column, bad, 'other'), rules.values.join(', '), bad);
  }
  if (rules.pattern !== undefined) {
    const pattern = new RegExp(`^(?:${rules.pattern})$`, 'u');
    const bad = rowsOf(column, (row) => !isMissing(column, row) && !pattern.test(String(cellValue(column, row))));
    add('pattern', bad.length === 0, others(column, bad, 'other text'), `texts like ${rules.pattern}`, bad);
  }
  return results;

  function range(check: 'min' | 'max', limit: number, beyond: (value: number) => boolean): void {
    const words = check === 'min' ? 'from' : 'up to';
    if (column.kind !== 'numeric') {
      add(check, false, column.kind === 'datetime' ? 'instants' : 'texts', `numbers ${words} ${limit}`);
      return;
    }
    const bad = rowsOf(column, (row) => beyond(column.values[row]!));
    const extreme = check === 'min' ? summary.min : summary.max;
    const found =
      bad.length === 0 ? `${check} ${extreme}` : `${count(bad.length, 'value')} beyond, ${check} ${extreme}`;
    add(check, bad.length === 0, found, `numbers ${words} ${limit}`, bad);
  }
}

function others(column: Column, rows: readonly number[], what: string): string {
  return rows.length === 0 ? `no ${what}` : `${count(rows.length, what)}, such as ${quoted(column, rows[0]!)}`;
}

function repeatedRows(column: Column): number[] {
  const seen = new Set<number>();
  const values = column.kind === 'categorical' ? column.codes : column.values;
  return rowsOf(column, (row) => {
    if (isMissing(column, row)) return false;
    const again = seen.has(values[row]!);
    seen.add(values[row]!);
    return again;
  });
}

function repeated(column: Column, again: readonly number[]): string {
  if (again.length === 0) return 'no repeated value';
  return `${count(again.length, 'repeated value')}, such as ${quoted(column, again[0]!)}`;
}

function quoted(column: Column, row: number): string {
  return `"${cellValue(column, row - 1)}"`;
}
