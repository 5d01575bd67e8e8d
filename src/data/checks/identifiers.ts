import type { CheckSettings } from '../../config/data-checks.ts';
import type { ColumnSummary } from '../describe.ts';
import type { Column } from '../table.ts';
import { type CheckResult, outcome } from './check-result.ts';

const LEAST_ROWS = 50;

/** Whole numbers 1, 2, 3, … in any order name the row: a forest can learn the order of the rows by them, and nothing of new ones. */
export function rowNumbers(column: Column, summary: ColumnSummary, settings: CheckSettings): CheckResult[] {
  if (column.kind !== 'numeric' || !column.integer || column.values.length < LEAST_ROWS) return [];
  const { missing, distinct, min, max } = summary;
  const n = column.values.length;
  if (missing > 0 || distinct !== n || max! - min! + 1 !== n) return [];
  return outcome({
    check: 'identifier',
    column: column.name,
    severity: settings.severity.identifier,
    passed: false,
    found: `every number from ${min} to ${max} once`,
    allowed: 'values that say something of rows to come; name row numbers under "data.exclude"',
  });
}
