import type { SQLInputValue } from 'node:sqlite';
import { type Comparison, type Ordering, parseFilter, parseOrderBy } from '../search-filter.ts';
import type { SearchRuns } from '../tracking-store.ts';
import { STORED_INFINITY } from './operations.ts';

const COLUMNS: Readonly<Record<string, string>> = {
  run_id: 'run_uuid',
  run_name: 'name',
  status: 'status',
  user_id: 'user_id',
  artifact_uri: 'artifact_uri',
  start_time: 'start_time',
  end_time: 'end_time',
};
const TABLES = { metrics: 'latest_metrics', params: 'params', tags: 'tags' } as const;
const DEFAULT_MAX_RESULTS = 1_000;

interface Query {
  readonly sql: string;
  readonly values: SQLInputValue[];
}

/** The ids of the active runs that a search means, in its order; newest first where the order leaves it open. */
export function searchQuery(search: SearchRuns): Query {
  const values: SQLInputValue[] = search.experimentIds.map(Number);
  const marks = search.experimentIds.map(() => '?').join(', ');
  const conditions = [`experiment_id IN (${marks})`, "lifecycle_stage = 'active'"];
  for (const comparison of parseFilter(search.filter ?? '')) {
    const condition = conditionOf(comparison);
    conditions.push(condition.sql);
    values.push(...condition.values);
  }
  const orders: string[] = [];
  for (const text of search.orderBy ?? []) {
    const order = orderOf(parseOrderBy(text));
    orders.push(order.sql);
    values.push(...order.values);
  }
  orders.push('start_time DESC', 'run_uuid');
  values.push(search.maxResults ?? DEFAULT_MAX_RESULTS);
  return {
    sql: `SELECT run_uuid FROM runs WHERE ${conditions.join(' AND ')} ORDER BY ${orders.join(', ')} LIMIT ?`,
    values,
  };
}

function conditionOf({ entity, key, comparator, value }: Comparison): Query {
  const list = Array.isArray(value) ? (value as readonly string[]) : [value as string | number];
  const marks = comparator.endsWith('IN') ? `(${list.map(() => '?').join(', ')})` : '?';
  // GLOB knows case where SQLite's LIKE does not.
  const test = (column: string): Query =>
    comparator === 'LIKE'
      ? { sql: `${column} GLOB ?`, values: [globOf(String(value))] }
      : {
          sql: `${column} ${comparator === 'ILIKE' ? 'LIKE' : comparator} ${marks}`,
          values: list.map((item) => (typeof item === 'number' ? storedNumber(item) : item)),
        };
  if (entity === 'attributes') return test(COLUMNS[key]!);
  const { sql, values } = test('value');
  const notNan = entity === 'metrics' ? 'is_nan = 0 AND ' : '';
  return {
    sql: `EXISTS (SELECT 1 FROM ${TABLES[entity]} e WHERE e.run_uuid = runs.run_uuid AND e.key = ? AND ${notNan}e.${sql})`,
    values: [key, ...values],
  };
}

/** NaN and missing values last in either direction, as MLflow has it. */
function orderOf({ entity, key, descending }: Ordering): Query {
  const direction = descending ? 'DESC NULLS LAST' : 'ASC NULLS LAST';
  if (entity === 'attributes') return { sql: `${COLUMNS[key]!} ${direction}`, values: [] };
  const value = entity === 'metrics' ? 'CASE WHEN e.is_nan = 1 THEN NULL ELSE e.value END' : 'e.value';
  return {
    sql: `(SELECT ${value} FROM ${TABLES[entity]} e WHERE e.run_uuid = runs.run_uuid AND e.key = ?) ${direction}`,
    values: [key],
  };
}

function storedNumber(value: number): number {
  return Math.max(-STORED_INFINITY, Math.min(STORED_INFINITY, value));
}

/** `%` and `_` of LIKE as GLOB's `*` and `?`; what GLOB would read as a pattern stands for itself. */
function globOf(pattern: string): string {
  return pattern.replace(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?');
}
