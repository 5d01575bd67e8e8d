import type { CheckSeverity } from '../../config/data-checks.ts';
import type { MlopsError } from '../../errors/mlops-error.ts';
import type { ColumnSummary } from '../describe.ts';
import type { Column } from '../table.ts';

export interface CheckResult {
  readonly check: string;
  /** Empty: the table as a whole. */
  readonly column: string;
  readonly severity: 'fail' | 'warn';
  readonly passed: boolean;
  /** In words that fit after "has". */
  readonly found: string;
  readonly allowed: string;
  /** The first rows at fault, from 1 behind the header. */
  readonly rows: readonly number[];
  /** Says it in its own words and code. */
  readonly error?: MlopsError;
}

export const SHOWN_ROWS = 5;

/** One result, or none when the check is off. */
export function outcome(
  result: Omit<CheckResult, 'severity' | 'rows' | 'column'> & {
    readonly column?: string;
    readonly severity: CheckSeverity;
    readonly rows?: readonly number[];
  },
): CheckResult[] {
  const { severity, column = '', rows = [] } = result;
  return severity === 'off' ? [] : [{ ...result, severity, column, rows: rows.slice(0, SHOWN_ROWS) }];
}

/** Numbers of the rows that a test picks out, from 1. */
export function rowsOf(column: Column, test: (row: number) => boolean): number[] {
  const length = (column.kind === 'categorical' ? column.codes : column.values).length;
  const rows: number[] = [];
  for (let row = 0; row < length; row++) if (test(row)) rows.push(row + 1);
  return rows;
}

export function missingCells(summary: ColumnSummary): string {
  return `${count(summary.missing, 'missing cell')} (${percent(summary.missingShare)})`;
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
