import type { ModelSettings } from '../config/model-settings.ts';
import { takeTarget } from '../data/target.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { ForestParams, Task, TrainingSet } from '../forest/engine.ts';
import type { Forest } from '../forest/forest.ts';
import { nativeDraws, type OutOfBag, outOfBag } from '../forest/out-of-bag.ts';
import { leafResponses, MOST_LEAF_ROWS } from '../forest/quantile-forest.ts';
import { type Calibration, calibrate, fitCalibration } from '../metrics/calibration.ts';
import type { Predictions, Target } from '../metrics/predictions.ts';
import { scoreAll } from '../metrics/score-all.ts';
import { classPredictions, type IntervalParts, type PredictingParts } from '../model/predict.ts';
import { formatNumber } from '../reports/format.ts';
import type { Logger } from './context.ts';

/** Fewer out-of-bag rows than this are too few for an isotonic curve, as scikit-learn's guide has it. */
const ISOTONIC_ROWS = 1000;
/** What calibration changes; compared before and after. */
const PROBABILITY_METRICS = ['log_loss', 'brier', 'ece'];

/** What is made of a grown forest beside its trees. */
export interface Refinement {
  readonly calibration: Calibration | undefined;
  readonly intervals: IntervalParts | undefined;
  /** `oob_score` and `oob_…`, on training rows; undefined: none was asked for. */
  readonly oobMetrics: Readonly<Record<string, number>> | undefined;
}

/** Settings that do not fit the task, the engine or one another. One sentence a fault. */
export function checkRefinement(settings: ModelSettings, task: Task, nRows: number): string[] {
  const { 'oob-score': oobScore, calibration, 'prediction-intervals': intervals, bootstrap, engine } = settings;
  const faults: string[] = [];
  const asked = [...(oobScore ? ['oob-score'] : []), ...(calibration === null ? [] : ['calibration'])];
  for (const name of asked) {
    if (!bootstrap)
      faults.push(
        `"${name}" needs rows out of bag, but bootstrap is false: every tree sees all rows; set bootstrap to true`,
      );
    if (engine !== 'native')
      faults.push(`"${name}" needs the engine native: ${engine} does not tell which rows a tree drew`);
  }
  if (calibration !== null && task === 'regression') {
    faults.push(`"calibration" is "${calibration}", but regression has no probabilities; leave it out`);
  }
  if (intervals !== null && task === 'classification') {
    faults.push('"prediction-intervals" is set, but classification predicts no numbers; leave it out');
  }
  if (Array.isArray(intervals) && intervals[0]! >= intervals[1]!) {
    faults.push(`"prediction-intervals" is [${intervals.join(', ')}], expected the lower level first`);
  }
  const trees = settings['n-estimators'];
  if (intervals !== null && trees * nRows > MOST_LEAF_ROWS) {
    faults.push(
      `"prediction-intervals" keeps a number for each of ${formatNumber(nRows)} rows in ${formatNumber(trees)} trees, at most ${formatNumber(MOST_LEAF_ROWS)} in all: lower n-estimators`,
    );
  }
  return faults;
}

/**
 * Out-of-bag metrics, calibration and prediction intervals, as far as the settings ask for them.
 *
 * @param settings checked with `checkRefinement`
 * @throws INPUT_INVALID when there is no row out of bag to calibrate on
 */
export function refineForest(
  forest: Forest,
  set: TrainingSet,
  params: ForestParams,
  settings: ModelSettings,
  log: Logger,
): Refinement {
  const { features, target } = set;
  const levels = settings['prediction-intervals'];
  const intervals =
    levels !== null && target.task === 'regression'
      ? { levels: levelsOf(levels), responses: leafResponses(forest, features, target.values) }
      : undefined;
  if (!settings['oob-score'] && settings.calibration === null) {
    return { calibration: undefined, intervals, oobMetrics: undefined };
  }
  const bag = outOfBag(forest, features, nativeDraws(params));
  noteRows(bag, features.nRows, log);
  const truth = takeTarget(target, bag.rows);
  const predictions: Predictions =
    truth.task === 'regression'
      ? { task: 'regression', values: bag.values }
      : classPredictions(truth.classes, bag.values);
  const metrics = bag.rows.length > 0 ? scoreAll(truth, predictions) : {};
  if (truth.task === 'regression' || settings.calibration === null) {
    return { calibration: undefined, intervals, oobMetrics: scoreMetrics(metrics, target.task) };
  }
  const calibration = calibrationOf(settings.calibration, bag, truth, log);
  const calibrated = classPredictions(truth.classes, calibrate(calibration, bag.values, truth.classes.length));
  return {
    calibration,
    intervals,
    oobMetrics: {
      ...(settings['oob-score'] ? scoreMetrics(metrics, target.task) : probabilityMetrics('oob_', metrics)),
      ...probabilityMetrics('oob_calibrated_', scoreAll(truth, calibrated)),
    },
  };
}

/** Settings as MLflow logs scikit-learn's parameters. */
export function loggedRefinement(settings: ModelSettings): Record<string, string> {
  const { 'oob-score': oobScore, calibration, 'prediction-intervals': intervals } = settings;
  return {
    oob_score: String(oobScore),
    ...(calibration === null ? {} : { calibration }),
    ...(intervals === null ? {} : { prediction_intervals: JSON.stringify(intervals) }),
  };
}

/** `uncalibrated_log_loss` and the like of rows that were held out; nothing without calibration. */
export function uncalibratedMetrics(
  parts: PredictingParts,
  predict: (parts: PredictingParts) => Predictions,
  target: Target,
): Record<string, number> {
  if (!parts.calibration) return {};
  return probabilityMetrics('uncalibrated_', scoreAll(target, predict({ ...parts, calibration: undefined })));
}

/** scikit-learn's `oob_score_` is the accuracy, or R². */
function scoreMetrics(metrics: Readonly<Record<string, number>>, task: Task): Record<string, number> {
  const score = task === 'regression' ? metrics.r2 : metrics.accuracy;
  return { ...(score === undefined ? {} : { oob_score: score }), ...prefixed('oob_', Object.entries(metrics)) };
}

function probabilityMetrics(prefix: string, metrics: Readonly<Record<string, number>>): Record<string, number> {
  return prefixed(
    prefix,
    Object.entries(metrics).filter(([name]) => PROBABILITY_METRICS.includes(name)),
  );
}

function prefixed(prefix: string, entries: readonly [string, number][]): Record<string, number> {
  return Object.fromEntries(entries.map(([name, value]) => [`${prefix}${name}`, value]));
}

function noteRows({ rows }: OutOfBag, nRows: number, log: Logger): void {
  const never = nRows - rows.length;
  if (never === 0) return;
  log.info(
    `${formatNumber(never)} of ${formatNumber(nRows)} training rows were drawn by every tree: they have no out-of-bag prediction and are left out of its metrics`,
  );
}

function calibrationOf(
  method: NonNullable<ModelSettings['calibration']>,
  { rows, values }: OutOfBag,
  target: Extract<Target, { task: 'classification' }>,
  log: Logger,
): Calibration {
  if (rows.length === 0) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"calibration" is "${method}", but every tree drew all training rows: there is none out of bag; raise n-estimators`,
    );
  }
  if (method === 'isotonic' && rows.length < ISOTONIC_ROWS) {
    log.warn(
      `"calibration" is isotonic on ${formatNumber(rows.length)} out-of-bag rows: below about ${formatNumber(ISOTONIC_ROWS)} it follows chance; sigmoid needs fewer`,
    );
  }
  return fitCalibration(method, target.codes, values, target.classes.length);
}

/** Of a share as many rows are expected below as above: 0.9 is 0.05 to 0.95. */
function levelsOf(setting: NonNullable<ModelSettings['prediction-intervals']>): readonly [number, number] {
  if (typeof setting !== 'number') return setting as [number, number];
  // Without the dust of the subtraction.
  const below = Number(((1 - setting) / 2).toPrecision(12));
  return [below, 1 - below];
}
