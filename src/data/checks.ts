import type { CheckSettings } from '../config/data-checks.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { type CheckResult, outcome } from './checks/check-result.ts';
import { classBalance } from './checks/class-balance.ts';
import { columnRules } from './checks/column-rules.ts';
import { rowNumbers } from './checks/identifiers.ts';
import { leakage } from './checks/leakage.ts';
import {
  duplicateRows,
  notConstant,
  oneKind,
  present,
  requiredColumns,
  rowCount,
  targetPresent,
  timeColumn,
} from './checks/table-rules.ts';
import { type ColumnSummary, describeColumns } from './describe.ts';
import { dropColumns, type Table } from './table.ts';
import { type PreparedTarget, prepareTarget, type Task } from './target.ts';

export type { CheckResult } from './checks/check-result.ts';

export interface CheckedRoles {
  readonly target?: string | undefined;
  readonly time?: string | undefined;
  readonly exclude?: readonly string[];
  readonly task?: Task | 'auto';
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

/** What the settings ask for, and what every table must fulfil to be learned from. */
export function runChecks(table: Table, settings: CheckSettings, roles: CheckedRoles): CheckResult[] {
  const summaries = new Map(describeColumns(table).map((summary) => [summary.name, summary]));
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const results = [
    ...rowCount(table, settings),
    ...requiredColumns(table, settings),
    ...duplicateRows(table, settings),
    ...roleChecks(table, settings, summaries, roles),
    ...usableFeatures(table, settings, summaries, roles),
  ];
  for (const [name, rules] of Object.entries(settings.columns)) {
    const column = columns.get(name);
    results.push(...present(name, column, rules.severity));
    if (column) results.push(...columnRules(column, summaries.get(name)!, rules));
  }
  return results;
}

function roleChecks(
  table: Table,
  settings: CheckSettings,
  summaries: ReadonlyMap<string, ColumnSummary>,
  { target, time, exclude = [], task = 'auto', now = 0 }: CheckedRoles,
): CheckResult[] {
  const results: CheckResult[] = [];
  const ofTarget = target === undefined ? undefined : summaries.get(target);
  if (ofTarget) {
    results.push(...targetPresent(table, ofTarget, settings));
    const prepared = tryTarget(table, ofTarget.name, task);
    if ('results' in prepared) results.push(...prepared.results);
    else {
      const features = dropColumns(
        table,
        exclude.filter((name) => name !== target),
      );
      results.push(
        ...classBalance(ofTarget.name, prepared.target, settings),
        ...leakage(features, ofTarget.name, prepared, settings),
      );
    }
  }
  const ofTime = time === undefined ? undefined : summaries.get(time);
  if (ofTime) results.push(...timeColumn(table, ofTime, settings, now));
  return results;
}

/** A target that nothing can be learned of is one fault of several. */
function tryTarget(table: Table, name: string, task: Task | 'auto'): PreparedTarget | { results: CheckResult[] } {
  try {
    return prepareTarget(table, name, task);
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    const [found, allowed] = ['a target of which nothing can be learned', 'one that varies and fits the task'];
    return {
      results: outcome({ check: 'target', column: name, severity: 'fail', passed: false, found, allowed, error }),
    };
  }
}

/** What is no fault in itself, but the reader should know. */
function usableFeatures(
  table: Table,
  settings: CheckSettings,
  summaries: ReadonlyMap<string, ColumnSummary>,
  { target, time, exclude = [] }: CheckedRoles,
): CheckResult[] {
  return table.columns.flatMap((column) => {
    const summary = summaries.get(column.name)!;
    if (exclude.includes(column.name)) return [];
    if (column.name === target) return oneKind(column, summary, settings);
    return [
      ...notConstant(summary, settings),
      ...oneKind(column, summary, settings),
      ...(column.name === time ? [] : rowNumbers(column, summary, settings)),
    ];
  });
}
