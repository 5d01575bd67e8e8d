import type { Project } from '../config/project.ts';
import { parsedCells } from '../data/checks/parsed-cells.ts';
import { type CheckResult, runChecks } from '../data/checks.ts';
import type { ColumnReading } from '../data/csv/column-builder.ts';
import { type ColumnSummary, describeColumns } from '../data/describe.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { ReportDocument, Section, TableBlock } from '../reports/document.ts';
import { formatNumber, formatPercent } from '../reports/format.ts';
import { defineCommand, field } from './command.ts';
import type { CommandContext } from './context.ts';
import { type LoadedData, loadData, shape, sourcesOf } from './load-data.ts';
import { neededColumns } from './needed-columns.ts';

export const validate = defineCommand({
  name: 'validate',
  summary: 'Check a table against the rules of mlops.yaml.',
  description:
    'Reads the table, describes every column, and checks it against data.checks of mlops.yaml and against what every table must fulfil to be learned from.',
  inputs: {
    data: field('data.source', { required: true, example: 'data/hours.csv' }),
    target: field('data.target', { example: 'cnt' }),
  },
  outputs: {
    checks: 'Number of checks made.',
    failed: 'Number of checks that failed.',
    rows: 'Rows of the table.',
    'data-digest': 'SHA-256 of the content of the table.',
  },
  branding: { icon: 'check-square', color: 'green' },
  run: async (_inputs, project, context) => {
    const data = await loadData(project, context, sourcesOf(project.data.source!), {
      needed: neededColumns(project),
    });
    const results = checkData(project, context, data);
    const failed = results.filter((result) => !result.passed && result.severity === 'fail');
    return {
      outputs: {
        checks: results.length,
        failed: failed.length,
        rows: data.table.nRows,
        'data-digest': data.digest,
      },
      ...(failed.length > 0 ? { negative: failed.map(checkSentence).join('; ') } : {}),
      summary: validationReport(data, results),
    };
  },
});

/** Runs the checks and warns of those that failed as warnings. */
export function checkData(project: Project, context: CommandContext, data: LoadedData): CheckResult[] {
  const bar = context.progress.start('validate');
  const rules = runChecks(data.table, project.data.checks, {
    ...project.data,
    task: project.model.task,
    now: context.now(),
  });
  const results = [...rules, ...parsedCells(data.readings)];
  bar.done(`${results.length} checks, ${results.filter((result) => !result.passed).length} failed`);
  warnOfChecks(context, results);
  return results;
}

export function warnOfChecks(context: CommandContext, results: readonly CheckResult[]): void {
  for (const result of results) {
    if (!result.passed && result.severity === 'warn') context.log.warn(checkSentence(result));
  }
}

/** @throws DATA_CHECK_FAILED with every check that is set to fail and did · TARGET_INVALID when that is all */
export function requireChecks(results: readonly CheckResult[]): void {
  const failed = results.filter((result) => !result.passed && result.severity === 'fail');
  if (failed.length === 1 && failed[0]!.error) throw failed[0]!.error;
  if (failed.length > 0) throw new MlopsError('DATA_CHECK_FAILED', failed.map(checkSentence));
}

function checkSentence(result: CheckResult): string {
  if (result.error) return result.error.message;
  const where = result.column ? `column "${result.column}"` : 'the table';
  return `${result.check}: ${where} has ${result.found}, expected ${result.allowed}`;
}

export function validationReport(data: LoadedData, results: readonly CheckResult[]): ReportDocument {
  const failed = results.filter((result) => !result.passed);
  const fatal = failed.filter((result) => result.severity === 'fail');
  return {
    title: 'Data validation',
    verdict:
      fatal.length > 0
        ? { state: 'fail', text: `${fatal.length} of ${results.length} checks failed` }
        : failed.length > 0
          ? { state: 'warn', text: `${failed.length} of ${results.length} checks warn` }
          : { state: 'pass', text: `${results.length} checks passed` },
    lead: `${shape(data.table)} from ${data.sources.join(', ')}`,
    sections: [checksSection(results), columnsSection(describeColumns(data.table), data.readings)],
    footer: [`data digest ${data.digest}`],
  };
}

/** Those that have failed, for reports about more than the table; no section when there are none. */
export function failedChecks(results: readonly CheckResult[]): Section[] {
  const failed = results.filter((result) => !result.passed);
  return failed.length === 0 ? [] : [checksSection(failed)];
}

/** The result of each check; folded when all have passed. */
export function checksSection(results: readonly CheckResult[]): Section {
  const table: TableBlock = {
    kind: 'table',
    columns: [{ label: '' }, { label: 'Check' }, { label: 'Column' }, { label: 'Found' }, { label: 'Allowed' }],
    rows: results.map((r) => [
      { text: r.passed ? 'passed' : r.severity, state: r.passed ? 'pass' : r.severity },
      r.check,
      { text: r.column, code: true },
      r.found,
      r.allowed,
    ]),
  };
  return { title: 'Checks of the data', collapsed: results.every((r) => r.passed), blocks: [table] };
}

function columnsSection(columns: readonly ColumnSummary[], readings: readonly ColumnReading[]): Section {
  const reasons = new Map(readings.map(({ column, reason }) => [column, reason]));
  const table: TableBlock = {
    kind: 'table',
    columns: [
      { label: 'Column' },
      { label: 'Kind' },
      { label: 'Missing', align: 'right' },
      { label: 'Distinct', align: 'right' },
      { label: 'Values' },
      ...(readings.length > 0 ? [{ label: 'Why of this kind' }] : []),
    ],
    rows: columns.map((c) => [
      { text: c.name, code: true },
      c.kind,
      formatPercent(c.missingShare),
      formatNumber(c.distinct),
      valuesOf(c),
      ...(readings.length > 0 ? [reasons.get(c.name) ?? ''] : []),
    ]),
  };
  return { title: 'Columns', collapsed: true, blocks: [table] };
}

function valuesOf(column: ColumnSummary): string {
  if (column.kind === 'categorical') return (column.top ?? []).map(([value]) => value).join(', ');
  if (column.min === undefined || column.max === undefined) return '';
  if (column.kind === 'datetime') return `${isoDay(column.min)} … ${isoDay(column.max)}`;
  return `${formatNumber(column.min)} … ${formatNumber(column.max)}`;
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
