import { resolve } from 'node:path';
import { joinRows } from '../data/join.ts';
import { type Table, takeRows } from '../data/table.ts';
import { targetFor } from '../data/target.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { ClassTarget, NumericTarget } from '../forest/engine.ts';
import { type Predictions, takePredictions } from '../model/predict.ts';
import { readKinds } from '../model/read-kinds.ts';
import { type Monitoring, monitor } from '../monitoring/monitor.ts';
import { parseProfile } from '../monitoring/profile.ts';
import { monitoringReport } from '../monitoring/report.ts';
import type { ReportDocument } from '../reports/document.ts';
import { formatNumber } from '../reports/format.ts';
import { readPredictionLog } from '../serving/prediction-log.ts';
import { loadData } from './load-data.ts';
import { modelLabel, type ServedModel } from './predict-files.ts';
import { RETRAIN_TAG, type Recommendation } from './schedule.ts';
import type { Session } from './session.ts';

/** What production saw: raw inputs and the predictions made of them. */
interface Current {
  readonly table: Table;
  readonly predictions: Predictions;
  readonly window: { readonly from: number; readonly to: number } | undefined;
}

export interface MonitorRequest {
  /** Sources of rows to score and look at; undefined: the prediction log. */
  readonly current: readonly string[] | undefined;
  readonly labels: readonly string[] | undefined;
  /** Epoch milliseconds; only predictions of the log since then. */
  readonly since: number | undefined;
}

/** Compares what production saw with the profile of training time, and tells the schedule what comes out of it. */
export async function monitorModel(
  session: Session,
  served: ServedModel,
  request: MonitorRequest,
): Promise<{ monitoring: Monitoring; report: ReportDocument }> {
  const { project, context, stores } = session;
  const bar = context.progress.start('monitor');
  const profile = await served.model.file('profile.json');
  if (!profile) {
    throw new MlopsError('PROFILE_MISSING', `${served.uri} has no profile.json; train it again with this toolkit`);
  }
  const current = request.current
    ? await scoreCurrent(session, served, request.current)
    : await readLog(session, served, request.since);
  const labelled = request.labels ? await joinLabels(session, served, current, request.labels) : undefined;
  const monitoring = monitor({
    reference: parseProfile(profile),
    current: current.table,
    predictions: current.predictions,
    ...(labelled ? { labelled } : {}),
    settings: project.monitoring,
    ...(current.window ? { window: current.window } : {}),
    trainingMetrics: served.model.info.metrics,
  });
  bar.done(`${formatNumber(current.table.nRows)} predictions: ${monitoring.reason}`);
  if (monitoring.retrainRecommended && (await stores.registry.findRegisteredModel(served.name))) {
    const recommendation: Recommendation = {
      time: context.now(),
      reason: monitoring.reason,
      runId: served.model.info.runId,
    };
    await stores.registry.setRegisteredModelTag(served.name, RETRAIN_TAG, JSON.stringify(recommendation));
  }
  return { monitoring, report: monitoringReport(monitoring, modelLabel(served)) };
}

async function scoreCurrent(session: Session, served: ServedModel, sources: readonly string[]): Promise<Current> {
  const { table } = await loadData(session.project, session.context, sources, {
    label: 'current',
    kinds: readKinds(served.model.inputs),
  });
  return { table, predictions: served.model.predict(table), window: undefined };
}

async function readLog(session: Session, served: ServedModel, since: number | undefined): Promise<Current> {
  const path = session.project['prediction-log'].path;
  const log = await readPredictionLog(resolve(session.context.cwd, path), {
    model: served.model,
    name: served.name,
    ...(since === undefined ? {} : { from: since }),
  });
  if (log.table.nRows === 0) {
    throw new MlopsError(
      'DATA_EMPTY',
      `${path} has no prediction of ${served.name}; predict first, or name files with "current"`,
    );
  }
  const times = log.times;
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) {
    from = Math.min(from, time);
    to = Math.max(to, time);
  }
  return { table: log.table, predictions: log.predictions, window: { from, to } };
}

/** The predictions whose actual value is known, joined by `monitoring.key`. */
async function joinLabels(
  session: Session,
  served: ServedModel,
  current: Current,
  sources: readonly string[],
): Promise<{ predictions: Predictions; target: ClassTarget | NumericTarget }> {
  const { key } = session.project.monitoring;
  if (key === undefined) {
    throw new MlopsError(
      'INPUT_INVALID',
      '"labels" needs "monitoring.key" in mlops.yaml: the column that predictions and labels share',
    );
  }
  const { table: labels } = await loadData(session.project, session.context, sources, { label: 'labels' });
  const { target: name, task, classes } = served.model.info;
  const rows = joinRows(current.table, labels, key);
  if (rows.left.length === 0) {
    throw new MlopsError(
      'DATA_EMPTY',
      `no label has a "${key}" that was predicted (${formatNumber(labels.nRows)} labels)`,
    );
  }
  return {
    predictions: takePredictions(current.predictions, rows.left),
    target: targetFor(takeRows(labels, rows.right), name, task, classes),
  };
}
