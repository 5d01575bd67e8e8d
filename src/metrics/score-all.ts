import type { ClassTarget } from '../forest/engine.ts';
import {
  accuracy,
  averageScores,
  balancedAccuracy,
  classScores,
  cohenKappa,
  confusionMatrix,
  matthews,
} from './confusion.ts';
import { intervalCoverage, intervalMeanWidth } from './interval-scores.ts';
import {
  type ClassPredictions,
  indicatorOf,
  type PredictionInterval,
  type Predictions,
  probabilityOf,
  type Target,
} from './predictions.ts';
import { brierScore, expectedCalibrationError, logLoss } from './probability.ts';
import { averagePrecision, averagePrecisionOvr, rocAuc, rocAucOvo, rocAucOvr } from './ranking.ts';
import {
  explainedVariance,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  medianAbsoluteError,
  r2Score,
  rootMeanSquaredError,
  symmetricMeanAbsolutePercentageError,
} from './regression.ts';

/** Metrics of which less is better; of all others more is. */
const LOSSES = new Set([
  ...['rmse', 'mae', 'mape', 'smape', 'medae', 'max_error', 'pinball', 'log_loss', 'brier', 'ece'],
  'interval_mean_width',
]);

export function lessIsBetter(metric: string): boolean {
  return LOSSES.has(metric);
}

/** How much better `a` is than `b`; negative when worse. */
export function improvement(metric: string, a: number, b: number): number {
  return lessIsBetter(metric) ? b - a : a - b;
}

export const REGRESSION_METRICS: readonly string[] = [
  'rmse',
  'mae',
  'r2',
  'mape',
  'smape',
  'medae',
  'max_error',
  'explained_variance',
];

/** Of predictions that have intervals. */
export const INTERVAL_METRICS: readonly string[] = ['interval_coverage', 'interval_mean_width'];

const COMMON_CLASS_METRICS = [
  'accuracy',
  'balanced_accuracy',
  'f1_macro',
  'precision_macro',
  'recall_macro',
  'f1_weighted',
  'precision_weighted',
  'recall_weighted',
  'average_precision',
  'log_loss',
  'brier',
  'mcc',
  'cohen_kappa',
  'ece',
];

/** Of two classes the second (in sorted order) is the positive one, as in scikit-learn. */
export const BINARY_METRICS: readonly string[] = ['roc_auc', 'f1', 'precision', 'recall', ...COMMON_CLASS_METRICS];
export const MULTICLASS_METRICS: readonly string[] = [
  'roc_auc_ovr',
  'roc_auc_ovr_weighted',
  'roc_auc_ovo',
  ...COMMON_CLASS_METRICS,
];

/**
 * Every metric that is defined on these rows, by name. Undefined ones are left out: `roc_auc` when a class is absent, `mape`
 * when a truth is 0, `r2` of one row.
 *
 * @param predictions of the same rows; classes in the same order as the target's
 */
export function scoreAll(target: Target, predictions: Predictions, weight?: Float64Array): Record<string, number> {
  let all: Record<string, number>;
  if (target.task === 'regression' && predictions.task === 'regression') {
    const { values, interval } = predictions;
    all = {
      ...regressionScores(target.values, values, weight),
      ...(interval ? intervalScores(target.values, interval, weight) : {}),
    };
  } else if (target.task === 'classification' && predictions.task === 'classification') {
    all = classificationScores(target, predictions, weight);
  } else throw new TypeError(`a ${target.task} target cannot be scored with ${predictions.task} predictions`);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => Number.isFinite(value)));
}

function regressionScores(
  truth: Float64Array,
  predicted: Float64Array,
  weight: Float64Array | undefined,
): Record<string, number> {
  return {
    rmse: rootMeanSquaredError(truth, predicted, weight),
    mae: meanAbsoluteError(truth, predicted, weight),
    r2: r2Score(truth, predicted, weight),
    mape: truth.includes(0) ? Number.NaN : meanAbsolutePercentageError(truth, predicted, weight),
    smape: symmetricMeanAbsolutePercentageError(truth, predicted, weight),
    medae: medianAbsoluteError(truth, predicted, weight),
    max_error: maxError(truth, predicted),
    explained_variance: truth.length < 2 ? Number.NaN : explainedVariance(truth, predicted, weight),
  };
}

function intervalScores(
  truth: Float64Array,
  interval: PredictionInterval,
  weight: Float64Array | undefined,
): Record<string, number> {
  return {
    interval_coverage: intervalCoverage(truth, interval, weight),
    interval_mean_width: intervalMeanWidth(interval, weight),
  };
}

function classificationScores(
  { codes, classes }: ClassTarget,
  predictions: ClassPredictions,
  weight: Float64Array | undefined,
): Record<string, number> {
  const size = classes.length;
  const { labels, probabilities } = predictions;
  const confusion = confusionMatrix(codes, labels, size, weight);
  const scores = classScores(confusion);
  const macro = averageScores(scores, 'macro');
  const weighted = averageScores(scores, 'weighted');
  const binary = size === 2;
  const positive = binary ? indicatorOf(codes, 1) : undefined;
  const score = binary ? probabilityOf(predictions, 1) : undefined;
  return {
    ...(positive && score
      ? {
          roc_auc: rocAuc(positive, score, weight),
          f1: scores[1]!.f1,
          precision: scores[1]!.precision,
          recall: scores[1]!.recall,
        }
      : {
          roc_auc_ovr: rocAucOvr(codes, probabilities, size, 'macro', weight),
          roc_auc_ovr_weighted: rocAucOvr(codes, probabilities, size, 'weighted', weight),
          roc_auc_ovo: rocAucOvo(codes, probabilities, size),
        }),
    accuracy: accuracy(confusion),
    balanced_accuracy: balancedAccuracy(confusion),
    f1_macro: macro.f1,
    precision_macro: macro.precision,
    recall_macro: macro.recall,
    f1_weighted: weighted.f1,
    precision_weighted: weighted.precision,
    recall_weighted: weighted.recall,
    average_precision:
      positive && score
        ? averagePrecision(positive, score, weight)
        : averagePrecisionOvr(codes, probabilities, size, weight),
    log_loss: logLoss(codes, probabilities, size, weight),
    brier: brierScore(codes, probabilities, size, weight),
    mcc: matthews(confusion),
    cohen_kappa: cohenKappa(confusion),
    ece: expectedCalibrationError(codes, labels, probabilities, size, weight),
  };
}
