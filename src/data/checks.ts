import type { CheckSettings, ColumnCheckSettings } from '../config/data-checks.ts';
import { parseDecimal } from './csv/number.ts';
import { type ColumnSummary, describeColumns } from './describe.ts';
import { hashRows } from './row-hash.ts';
import { type Column, cellValue, findColumn, isMissing, type Table } from './table.ts';

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
}

export interface CheckedRoles {
  readonly target?: string | undefined;
  readonly time?: string | undefined;
  readonly exclude?: readonly string[];
}

const SHOWN_ROWS = 5;

/** What the settings ask for, and what every table must fulfil to be learned from. */
export function runChecks(table: Table, settings: CheckSettings, roles: CheckedRoles): CheckResult[] {
  const summaries = new Map(describeColumns(table).map((summary) => [summary.name, summary]));
  const results = [
    outcome(
      'row count',
      '',
      'fail',
      table.nRows >= settings['min-rows'],
      count(table.nRows, 'row'),
      `at least ${settings['min-rows']}`,
    ),
    ...duplicateRows(table, settings),
    ...roleChecks(table, summaries, roles),
    ...table.columns.flatMap((column) => usable(column, summaries.get(column.name)!, roles)),
  ];
  for (const [name, rules] of Object.entries(settings.columns)) {
    const column = findColumn(table, name);
    results.push(
      outcome('present', name, rules.severity, column !== undefined, column ? 'it' : 'no such column', 'the column'),
    );
    if (column) results.push(...columnRules(column, summaries.get(name)!, rules));
  }
  return results;
}

function outcome(
  check: string,
  column: string,
  severity: 'fail' | 'warn',
  passed: boolean,
  found: string,
  allowed: string,
  rows: readonly number[] = [],
): CheckResult {
  return { check, column, severity, passed, found, allowed, rows };
}

function duplicateRows(table: Table, settings: CheckSettings): CheckResult[] {
  const most = settings['max-duplicate-share'];
  if (most === undefined) return [];
  const hashes = hashRows(table, 0);
  const seen = new Set<number>();
  const again: number[] = [];
  for (const [row, hash] of hashes.entries()) {
    if (seen.has(hash)) again.push(row + 1);
    seen.add(hash);
  }
  const share = again.length / Math.max(1, table.nRows);
  return [
    outcome(
      'duplicate rows',
      '',
      'fail',
      share <= most,
      `${percent(share)} duplicates`,
      `at most ${percent(most)}`,
      again.slice(0, SHOWN_ROWS),
    ),
  ];
}

function roleChecks(
  table: Table,
  summaries: ReadonlyMap<string, ColumnSummary>,
  { target, time }: CheckedRoles,
): CheckResult[] {
  const results: CheckResult[] = [];
  const targetSummary = target === undefined ? undefined : summaries.get(target);
  if (targetSummary) {
    results.push(
      outcome(
        'target present',
        target!,
        'warn',
        targetSummary.missing === 0,
        missing(targetSummary),
        'none; such rows are left out',
        rowsWhere(table, target!, isMissing),
      ),
    );
  }
  const timeSummary = time === undefined ? undefined : summaries.get(time);
  if (timeSummary) {
    results.push(
      outcome(
        'time',
        time!,
        'fail',
        timeSummary.kind !== 'categorical' && timeSummary.missing === 0,
        timeSummary.kind === 'categorical' ? 'texts' : missing(timeSummary),
        'an instant in every row',
        rowsWhere(table, time!, isMissing),
      ),
    );
  }
  return results;
}

/** What is no fault in itself, but the reader should know: a column without information, and numbers read as texts. */
function usable(column: Column, summary: ColumnSummary, { target, exclude = [] }: CheckedRoles): CheckResult[] {
  if (exclude.includes(column.name)) return [];
  const mixed = mixedKinds(column, summary);
  if (column.name === target) return mixed;
  return [
    outcome(
      'not constant',
      column.name,
      'warn',
      summary.distinct > 1,
      summary.distinct === 0 ? 'no value' : summary.distinct === 1 ? 'one value' : `${summary.distinct} values`,
      'at least two',
    ),
    ...mixed,
  ];
}

/** A few words among numbers make texts of a whole column. */
function mixedKinds(column: Column, summary: ColumnSummary): CheckResult[] {
  if (column.kind !== 'categorical') return [];
  const isText = column.categories.map((text) => Number.isNaN(parseDecimal(text.trim())));
  const rows = rowsOf(column, (row) => column.codes[row] !== -1 && isText[column.codes[row]!]!);
  const present = column.codes.length - summary.missing;
  if (rows.length === 0 || rows.length * 2 > present) return [];
  const example = cellValue(column, rows[0]! - 1);
  return [
    outcome(
      'one kind',
      column.name,
      'warn',
      false,
      `${count(rows.length, 'text')} among ${present - rows.length} numbers, such as "${example}"`,
      'numbers only, or "missing-values" that name such texts; all cells were read as texts',
      rows.slice(0, SHOWN_ROWS),
    ),
  ];
}

function columnRules(column: Column, summary: ColumnSummary, rules: ColumnCheckSettings): CheckResult[] {
  const { name } = column;
  const results: CheckResult[] = [];
  const add = (check: string, passed: boolean, found: string, allowed: string, rows: readonly number[] = []): void => {
    results.push(outcome(check, name, rules.severity, passed, found, allowed, rows));
  };
  if (rules.kind !== undefined) add('kind', column.kind === rules.kind, `${column.kind} values`, rules.kind);
  const most = rules['max-missing-share'];
  if (most !== undefined) add('missing', summary.missingShare <= most, missing(summary), `at most ${percent(most)}`);
  if (rules.unique) {
    const repeated =
      summary.distinct < (column.kind === 'categorical' ? column.codes : column.values).length - summary.missing;
    add('unique', !repeated, repeated ? 'repeated values' : 'no repeated value', 'each value once');
  }
  if (rules.min !== undefined) range('min', rules.min, (value) => value < rules.min!);
  if (rules.max !== undefined) range('max', rules.max, (value) => value > rules.max!);
  if (rules.values !== undefined) {
    const allowed = new Set(rules.values);
    const bad = rowsOf(column, (row) => !isMissing(column, row) && !allowed.has(String(cellValue(column, row))));
    const example = bad.length > 0 ? `${bad.length} others, such as "${cellValue(column, bad[0]! - 1)}"` : 'no other';
    add('values', bad.length === 0, example, rules.values.join(', '), bad.slice(0, SHOWN_ROWS));
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
    add(
      check,
      bad.length === 0,
      bad.length === 0 ? `${check} ${extreme}` : `${count(bad.length, 'value')} beyond, ${check} ${extreme}`,
      `numbers ${words} ${limit}`,
      bad.slice(0, SHOWN_ROWS),
    );
  }
}

function rowsOf(column: Column, test: (row: number) => boolean): number[] {
  const length = (column.kind === 'categorical' ? column.codes : column.values).length;
  const rows: number[] = [];
  for (let row = 0; row < length; row++) if (test(row)) rows.push(row + 1);
  return rows;
}

function rowsWhere(table: Table, name: string, test: (column: Column, row: number) => boolean): number[] {
  const column = findColumn(table, name)!;
  return rowsOf(column, (row) => test(column, row)).slice(0, SHOWN_ROWS);
}

function missing(summary: ColumnSummary): string {
  return `${count(summary.missing, 'missing cell')} (${percent(summary.missingShare)})`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
