import type { CheckSettings } from '../../config/data-checks.ts';
import { listSome } from '../../errors/suggest.ts';
import { findColumn, type Table } from '../table.ts';
import { type CheckResult, outcome } from './check-result.ts';

/** An input of a model that was trained before, with MLflow's name of its type. */
export interface KnownInput {
  readonly name: string;
  readonly type: string;
}

const KINDS: Readonly<Record<string, string>> = {
  double: 'numeric',
  float: 'numeric',
  long: 'numeric',
  integer: 'numeric',
  string: 'categorical',
  boolean: 'categorical',
  datetime: 'datetime',
};

/** What the last trained version was fed and the table no longer has, or has as another kind; and what is new in it. */
export function schemaDrift(
  table: Table,
  known: readonly KnownInput[],
  version: string,
  settings: CheckSettings,
): CheckResult[] {
  const gone = known.filter(({ name }) => !findColumn(table, name)).map(({ name }) => `"${name}" is gone`);
  const changed = known.flatMap(({ name, type }) => {
    const column = findColumn(table, name);
    const kind = KINDS[type];
    return column && kind !== undefined && column.kind !== kind ? [`"${name}" was ${kind}, is ${column.kind}`] : [];
  });
  const names = new Set(known.map(({ name }) => name));
  const fresh = table.columns.filter(({ name }) => !names.has(name)).map(({ name }) => `"${name}" is new`);
  const differences = [...gone, ...changed, ...fresh];
  return outcome({
    check: 'schema drift',
    severity: settings.severity['schema-drift'],
    passed: differences.length === 0,
    found: differences.length === 0 ? 'the same columns' : `other columns: ${listSome(differences)}`,
    allowed: `the inputs of ${version}`,
  });
}
