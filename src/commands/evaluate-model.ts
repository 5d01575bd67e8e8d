import type { Project } from '../config/project.ts';
import { splitRows } from '../data/split.ts';
import { findColumn, type Table, takeRows } from '../data/table.ts';
import { prepareTarget, takeTarget, targetFor } from '../data/target.ts';
import { METRICS_TAG, REASON_TAG, VERDICT_TAG } from '../deployment/guards.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import { type Evaluation, evaluate } from '../evaluation/evaluate.ts';
import { evaluationReport } from '../evaluation/report.ts';
import { applyAmong } from '../features/pipeline.ts';
import { permutationImportances } from '../forest/permutation-importances.ts';
import { conformTable } from '../model/conform.ts';
import { loadModel, type Model } from '../model/load-model.ts';
import { predictAmong } from '../model/predict.ts';
import type { ReportDocument } from '../reports/document.ts';
import { formatNumber } from '../reports/format.ts';
import type { LoadedData } from './load-data.ts';
import { findModel, modelName, type Session } from './session.ts';

/** Rows that permutation importances are measured on; more make the report slower and the bars hardly sharper. */
const IMPORTANCE_ROWS = 1000;

export interface Candidate {
  readonly model: Model;
  readonly uri: string;
  readonly version?: number;
}

/** The champion that a challenger is compared with: what serves the last environment, unless another one is named. */
export async function findChampion(session: Session, asked: string | undefined): Promise<Candidate | undefined> {
  if (asked === 'none') return undefined;
  const alias = Object.keys(session.project.environments).at(-1) ?? 'production';
  const name = modelName(session.project);
  const uri = asked ?? `models:/${name}@${alias}`;
  if (asked === undefined && !(await session.stores.registry.findVersionByAlias(name, alias))) return undefined;
  const found = await findModel(session, uri);
  const model = await loadModel(found.directory);
  return { model, uri: found.uri, ...(found.version === undefined ? {} : { version: found.version }) };
}

/**
 * Compares a challenger with the champion on the same rows: those that neither of them was trained on (`auto`), or all of
 * the table (`all`).
 */
export function evaluateModel(
  session: Session,
  data: LoadedData,
  candidates: { challenger: Candidate; champion: Candidate | undefined },
  which: 'auto' | 'all',
): { evaluation: Evaluation; report: ReportDocument } {
  const { challenger, champion } = candidates;
  const { info } = challenger.model;
  const bar = session.context.progress.start('evaluate');
  if (champion && champion.model.info.task !== info.task) {
    throw new MlopsError(
      'CHAMPION_INCOMPARABLE',
      `the champion ${champion.uri} does ${champion.model.info.task}, the challenger ${info.task}: name another one with "champion", or "none"`,
    );
  }
  const labelled = prepareTarget(data.table, info.target, info.task);
  const candidatesRows = takeRows(data.table, labelled.rows);
  const models = champion ? [challenger.model, champion.model] : [challenger.model];
  const rows = which === 'all' ? allRows(candidatesRows.nRows) : heldOutRows(candidatesRows, models);
  const table = takeRows(candidatesRows, rows);
  // Features may look back on rows that are not evaluated.
  const places = Int32Array.from(rows, (row) => labelled.rows[row]!);
  const target = targetFor(table, info.target, info.task, info.classes);
  const score = (candidate: Candidate) => ({
    name: candidate.model.info.name,
    uri: candidate.uri,
    ...(candidate.version === undefined ? {} : { version: candidate.version }),
    digest: candidate.model.digest,
    predictions: predictAmong({ ...candidate.model.info, ...candidate.model }, data.table, places),
  });
  const evaluation = evaluate({
    challenger: score(challenger),
    ...(champion ? { champion: score(champion) } : {}),
    target,
    table,
    baseline: info.baseline,
    importances: importancesOf(
      challenger.model,
      { table: data.table, rows: places },
      target,
      session.project.model['random-state'],
    ),
    settings: session.project.evaluation,
    gates: session.project.gates,
    seed: session.project.model['random-state'],
    ...(info.time === undefined ? {} : { time: info.time }),
    rows: describeRows(which, rows.length, candidatesRows.nRows),
  });
  bar.done(`${evaluation.verdict}: ${evaluation.reason}`);
  return { evaluation, report: evaluationReport(evaluation) };
}

function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Rows that each of the models held out. Sides depend on the content of a row, so new rows may fall on either. */
function heldOutRows(table: Table, models: readonly Model[]): Int32Array {
  let rows: Int32Array | undefined;
  for (const { info } of models) {
    requireColumns(table, info);
    const { test } = splitRows(table, {
      settings: info.split.settings,
      task: info.task,
      target: info.target,
      ...(info.time === undefined ? {} : { time: info.time }),
      ...(info.splitCutoff === undefined ? {} : { cutoff: info.splitCutoff }),
      seed: info.split.seed,
      columns: info.split.columns,
    });
    const kept = rows && new Set(rows);
    rows = kept ? test.filter((row) => kept.has(row)) : test;
  }
  if (!rows?.length) {
    throw new MlopsError(
      'EVALUATION_EMPTY',
      `no row was held out by ${models.length > 1 ? 'both models' : 'the model'}: give rows that were not trained on and set rows to all`,
    );
  }
  return rows;
}

/** Without all of the columns nobody can tell on which side a row was. */
function requireColumns(table: Table, { name, split }: Model['info']): void {
  const absent = split.columns.filter((column) => !findColumn(table, column));
  if (absent.length === 0) return;
  throw new MlopsError(
    'EVALUATION_EMPTY',
    `the table lacks ${listSome(absent)}, which it had when ${name} was trained: which rows were held out cannot be told; give rows that were not trained on and set rows to all, or set champion to none`,
  );
}

function importancesOf(
  model: Model,
  { table, rows: places }: { readonly table: Table; readonly rows: Int32Array },
  target: Parameters<typeof takeTarget>[0],
  seed: number,
) {
  const step = Math.max(1, places.length / IMPORTANCE_ROWS);
  const length = Math.min(places.length, IMPORTANCE_ROWS);
  const rows = Int32Array.from({ length }, (_, i) => Math.floor(i * step));
  const chosen = Int32Array.from(rows, (row) => places[row]!);
  const features = applyAmong(model.features, conformTable(table, model.inputs), chosen);
  return permutationImportances(model.forest, { features, target: takeTarget(target, rows) }, { seed, repeats: 3 });
}

function describeRows(which: 'auto' | 'all', used: number, all: number): string {
  if (which === 'all') return `all ${formatNumber(all)} labelled rows`;
  return `${formatNumber(used)} held-out rows of ${formatNumber(all)}`;
}

/** Why the command ends with status 3, as `evaluation.fail-on` says; undefined: it does not. */
export function negativeVerdict({ verdict, reason }: Evaluation, project: Project): string | undefined {
  const from = project.evaluation['fail-on'];
  const negative = from !== 'never' && (verdict === 'fail' || verdict === from);
  return negative ? reason : undefined;
}

/** Keeps verdict and metrics where `register` and the guards read them: on the run of the model. */
export async function recordEvaluation(session: Session, runId: string, evaluation: Evaluation): Promise<void> {
  const timestamp = session.context.now();
  await session.stores.tracking.logBatch(runId, {
    metrics: Object.entries(evaluation.metrics).map(([key, value]) => ({ key, value, timestamp, step: 0 })),
    tags: {
      [VERDICT_TAG]: evaluation.verdict,
      [REASON_TAG]: evaluation.reason,
      [METRICS_TAG]: JSON.stringify(evaluation.metrics),
    },
  });
}
