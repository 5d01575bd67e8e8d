import type { MonitoringSettings } from '../config/monitoring.ts';
import { primaryMetricOf } from '../evaluation/candidates.ts';
import { bootstrap } from '../metrics/bootstrap.ts';
import { type Predictions, rowCount, type Target } from '../metrics/predictions.ts';
import { groupRows, resampler } from '../metrics/resample.ts';
import { improvement, scoreAll } from '../metrics/score-all.ts';
import type { Estimate, Performance } from './monitoring.ts';
import { binOf, type LossProfile, lossKey, type Profile, rowLoss } from './profile.ts';

const RESAMPLES = 500;
const LEVEL = 0.95;

/** The metric on rows whose actual value is known, against that of training. Degraded only beyond margin and chance. */
export function measurePerformance(
  { predictions, target }: { predictions: Predictions; target: Target },
  reference: Profile,
  trainingMetrics: Readonly<Record<string, number>>,
  settings: MonitoringSettings,
): { performance: Performance | undefined; metrics: Record<string, number> } {
  const rows = rowCount(target);
  if (rows === 0) return { performance: undefined, metrics: {} };
  const metrics = scoreAll(target, predictions);
  const asked = primaryMetricOf(settings.metric, target);
  const metric = [asked, ...Object.keys(metrics)].find((name) => name in metrics && name in trainingMetrics);
  if (metric === undefined) return { performance: undefined, metrics };
  const value = metrics[metric]!;
  const training = trainingMetrics[metric]!;
  const groups = groupRows(rows, 0);
  const model = resampler(target, predictions, groups);
  const interval = bootstrap([model], groups.groups, { resamples: RESAMPLES, level: LEVEL, seed: 0 }).intervals[0]!;
  const { low, high } = interval.get(metric) ?? { low: value, high: value };
  const best = improvement(metric, low, high) > 0 ? low : high;
  const slack = settings['performance-margin'] * Math.abs(training);
  const loss = reference.loss && lossesOf(predictions, target, reference.loss);
  return {
    performance: {
      metric,
      rows,
      value,
      low,
      high,
      training,
      degraded: rows >= settings['min-rows'] && improvement(metric, best, training) < -slack,
      ...(loss ? { loss } : {}),
    },
    metrics,
  };
}

function lossesOf(predictions: Predictions, target: Target, profile: LossProfile): NonNullable<Performance['loss']> {
  const rows = rowCount(target);
  let found = 0;
  for (let i = 0; i < rows; i++) found += rowLoss(predictions, target, i);
  const { reference, value } = expectedLoss(predictions, profile);
  return { reference, expected: value, found: found / rows };
}

/**
 * Performance without labels: the loss that predictions such as these had on the reference rows, predicted value by
 * predicted value (regression), confidence by confidence (classification). Sees what other inputs do to the loss; blind to a
 * world that behaves differently.
 *
 * Source  direct loss estimation and confidence-based estimation as in NannyML, with a step function in the place of a model
 */
export function estimatePerformance(
  predictions: Predictions,
  reference: Profile,
  settings: MonitoringSettings,
): Estimate | undefined {
  if (!reference.loss || rowCount(predictions) === 0) return undefined;
  const { reference: before, value, standardError } = expectedLoss(predictions, reference.loss);
  const low = Math.max(0, value - 1.96 * standardError);
  return {
    metric: predictions.task === 'regression' ? 'mae' : 'error_rate',
    reference: before,
    value,
    low,
    high: value + 1.96 * standardError,
    worse:
      rowCount(predictions) >= settings['min-rows'] &&
      value - 3 * standardError > before * (1 + settings['performance-margin']),
  };
}

function expectedLoss(
  predictions: Predictions,
  { edges, counts, sums, squares }: LossProfile,
): { reference: number; value: number; standardError: number } {
  const total = counts.reduce((sum, c) => sum + c, 0);
  const reference = sums.reduce((sum, s) => sum + s, 0) / total;
  const key = lossKey(predictions);
  const now = counts.map(() => 0);
  for (let i = 0; i < key.length; i++) now[binOf(edges, key[i]!)]! += 1;
  const mean = counts.map((count, b) => (count === 0 ? reference : sums[b]! / count));
  const value = now.reduce((sum, count, b) => sum + count * mean[b]!, 0) / key.length;
  // Chance in which rows came, and in the reference's mean of each bin.
  let ofRows = 0;
  let ofReference = 0;
  for (const [b, count] of now.entries()) {
    ofRows += count * (mean[b]! - value) ** 2;
    const n = counts[b]!;
    if (n > 1) ofReference += (count / key.length) ** 2 * (Math.max(0, squares[b]! / n - mean[b]! ** 2) / (n - 1));
  }
  return { reference, value, standardError: Math.sqrt(ofRows / key.length ** 2 + ofReference) };
}
