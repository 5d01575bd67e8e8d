import type { MonitoringSettings } from '../config/monitoring.ts';
import type { Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { type Predictions, rowCount, type Target } from '../metrics/predictions.ts';
import { formatNumber, formatPercent, oneLine } from '../reports/format.ts';
import { columnInWords, driftOf } from './column-drift.ts';
import type { ColumnDrift, Estimate, Monitoring, Performance } from './monitoring.ts';
import { estimatePerformance, measurePerformance } from './performance.ts';
import { buildProfile, type Profile } from './profile.ts';

export type { Monitoring } from './monitoring.ts';

export interface MonitorInput {
  /** The profile that the model keeps of its training. */
  readonly reference: Profile;
  /** The raw rows that production saw, and what was predicted for them. */
  readonly current: Table;
  readonly predictions: Predictions;
  /** The actual values of all current rows. */
  readonly target?: Target;
  /** Or those predictions whose actual value is known by now. */
  readonly labelled?: { readonly predictions: Predictions; readonly target: Target };
  readonly settings: MonitoringSettings;
  /** Epoch milliseconds. */
  readonly window?: { readonly from: number; readonly to: number };
  readonly trainingMetrics: Readonly<Record<string, number>>;
}

/** @throws PROFILE_INVALID when the profile is of a model of another task */
export function monitor(input: MonitorInput): Monitoring {
  const { reference, current, predictions, settings } = input;
  if (reference.task !== predictions.task) {
    throw new MlopsError(
      'PROFILE_INVALID',
      `the profile is of ${reference.task}, the predictions of ${predictions.task}`,
    );
  }
  const now = buildProfile({ nRows: current.nRows, columns: [] }, predictions, undefined, { like: reference });
  const { columns, predictions: made } = driftOf(
    reference,
    current,
    {
      profiles: [now.prediction, ...(now.score && reference.score ? [now.score] : [])],
      references: [reference.prediction, ...(now.score && reference.score ? [reference.score] : [])],
    },
    settings,
  );
  const labelled = input.labelled ?? (input.target ? { predictions, target: input.target } : undefined);
  const { performance, metrics } = labelled
    ? measurePerformance(labelled, reference, input.trainingMetrics, settings)
    : { performance: undefined, metrics: {} };
  const estimate = estimatePerformance(predictions, reference, settings);
  const counted = columns.filter(({ status }) => status !== 'ignored');
  const drifted = counted.filter((column) => column.drifted);
  const enough = current.nRows >= settings['min-rows'];
  const driftShare = counted.length === 0 ? 0 : drifted.length / counted.length;
  const drift = enough && driftShare >= settings['drift-share'];
  const predictionDrift = enough && made.some((column) => column.drifted);
  const degraded = performance?.degraded ?? false;
  // Actual values that show the model holding outweigh drift of its inputs.
  const holds = performance !== undefined && performance.rows >= settings['min-rows'] && !degraded;
  const retrainRecommended = degraded || (!holds && (drift || (estimate?.worse ?? false)));
  return {
    schema: 1,
    drift,
    predictionDrift,
    degraded,
    retrainRecommended,
    reason: reasonOf(
      { enough, drift, degraded, holds, driftShare, rows: current.nRows },
      drifted,
      performance,
      estimate,
      settings,
    ),
    rows: current.nRows,
    ...(input.window ? { window: { ...input.window } } : {}),
    driftShare,
    columns,
    predictions: made,
    ...(performance ? { performance } : {}),
    ...(estimate ? { estimate } : {}),
    metrics: {
      ...metrics,
      rows: current.nRows,
      drift_share: driftShare,
      drifted_columns: drifted.length,
      ...(made[0]?.psi === undefined ? {} : { prediction_psi: made[0].psi }),
      ...(labelled ? { labelled_rows: rowCount(labelled.target) } : {}),
      ...(estimate ? { [`estimated_${estimate.metric}`]: estimate.value } : {}),
    },
    insights: insightsOf(columns, made, performance, estimate),
  };
}

interface Outcome {
  enough: boolean;
  drift: boolean;
  degraded: boolean;
  holds: boolean;
  driftShare: number;
  rows: number;
}

function reasonOf(
  { enough, drift, degraded, holds, driftShare, rows }: Outcome,
  drifted: readonly ColumnDrift[],
  performance: Performance | undefined,
  estimate: Estimate | undefined,
  settings: MonitoringSettings,
): string {
  if (degraded && performance) {
    return `${performance.metric} is ${formatNumber(performance.value)} on ${formatNumber(performance.rows)} labelled rows, ${formatNumber(performance.training)} at training`;
  }
  if (!enough) return `${rows} rows are too few to tell; ${settings['min-rows']} would do`;
  const still = holds && performance ? `, but ${performance.metric} holds at ${formatNumber(performance.value)}` : '';
  if (drift) {
    const names = byWeight(drifted)
      .slice(0, 3)
      .map(({ name }) => `"${oneLine(name, 60)}"`)
      .join(', ');
    return `${formatPercent(driftShare)} of the columns drifted (${names}${drifted.length > 3 ? ', …' : ''})${still}`;
  }
  if (estimate?.worse) {
    return `the estimated ${words(estimate.metric)} is ${formatNumber(estimate.value)}, ${formatNumber(estimate.reference)} at training${still}`;
  }
  const measured = holds && performance ? `, ${performance.metric} holds at ${formatNumber(performance.value)}` : '';
  const columns = drifted.length === 0 ? 'no column drifted' : `${drifted.length} of the columns drifted`;
  return `${columns}${measured}`;
}

function words(metric: Estimate['metric']): string {
  return metric === 'mae' ? 'MAE' : 'share of wrong labels';
}

/** Most important and most moved first. */
function byWeight(columns: readonly ColumnDrift[]): ColumnDrift[] {
  const anyImportance = columns.some(({ importance }) => importance !== undefined);
  const weight = ({ importance = 0, psi = 10 }: ColumnDrift): number => (anyImportance ? importance : 1) * psi;
  return [...columns].sort((a, b) => weight(b) - weight(a) || (b.psi ?? 0) - (a.psi ?? 0));
}

function insightsOf(
  columns: readonly ColumnDrift[],
  made: readonly ColumnDrift[],
  performance: Performance | undefined,
  estimate: Estimate | undefined,
): string[] {
  const insights: string[] = [];
  if (performance) insights.push(...performanceInWords(performance));
  if (estimate?.worse) {
    insights.push(
      `For the predictions made, the ${words(estimate.metric)} to be expected is ${formatNumber(estimate.value)}, ${formatNumber(estimate.reference)} at training.`,
    );
  }
  const prediction = made[0];
  if (prediction?.drifted && prediction.means) {
    const [before, now] = prediction.means;
    const change = before === 0 ? '' : ` by ${formatPercent(Math.abs(now / before - 1))}`;
    insights.push(
      `Predictions are ${now > before ? 'higher' : 'lower'} than at training${change} (mean ${formatNumber(before)} → ${formatNumber(now)}).`,
    );
  } else if (prediction?.drifted && prediction.moved) {
    const { category, shares } = prediction.moved;
    insights.push(
      `${category} is predicted for ${formatPercent(shares[1])} of the rows, ${formatPercent(shares[0])} at training.`,
    );
  }
  for (const column of byWeight(columns)) {
    const sentence = columnInWords(column);
    if (sentence !== undefined) insights.push(sentence);
  }
  return insights;
}

function performanceInWords({ metric, value, low, high, training, degraded, rows, loss }: Performance): string[] {
  const change = degraded ? 'is worse than at training' : 'holds';
  const sentences = [
    `${metric} ${change}: ${formatNumber(value)} (${formatNumber(low)} to ${formatNumber(high)}, ${formatNumber(rows)} labelled rows), ${formatNumber(training)} at training.`,
  ];
  if (degraded && loss && loss.found > loss.reference) {
    const rise = loss.found - loss.reference;
    const inputs = Math.min(1, Math.max(0, (loss.expected - loss.reference) / rise));
    sentences.push(
      `Of the rise of the mean loss from ${formatNumber(loss.reference)} to ${formatNumber(loss.found)}, ${formatPercent(inputs)} comes from other inputs and ${formatPercent(1 - inputs)} from rows that behave differently.`,
    );
  }
  return sentences;
}
