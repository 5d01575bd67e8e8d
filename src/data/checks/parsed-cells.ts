import type { ColumnReading } from '../csv/column-builder.ts';
import { type CheckResult, outcome } from './check-result.ts';

/** Cells that are something else than the rest of their column, which is numeric or datetime all the same: they count as missing. */
export function parsedCells(readings: readonly ColumnReading[]): CheckResult[] {
  return readings
    .filter(({ misfits }) => misfits.length > 0)
    .flatMap(({ column, kind, misfits, reason }) =>
      outcome({
        check: kind === 'numeric' ? 'numbers' : 'instants',
        column,
        severity: 'warn',
        passed: false,
        found: reason.replace(/^(\d+) of (\d+) cells are not (\w+)/, '$1 cells of $2 that are not $3'),
        allowed:
          'nothing else; such cells count as missing. "missing-values" may name such texts, or data.csv.kind-share be higher',
        rows: misfits.map(({ row }) => row + 1),
      }),
    );
}
