import { type Baseline, baselinePredictions } from '../metrics/baseline.ts';
import { bootstrap, type Interval } from '../metrics/bootstrap.ts';
import { type ClassPredictions, type Predictions, rowCount, type Target } from '../metrics/predictions.ts';
import { groupRows, resampler } from '../metrics/resample.ts';
import { improvement, scoreAll } from '../metrics/score-all.ts';
import type { Difference } from './evaluation.ts';

export interface Scored {
  readonly predictions: Predictions;
  readonly metrics: Record<string, number>;
  readonly intervals: Record<string, Interval>;
}

/** The challenger, what it is compared with, and the baseline, all on the same rows. */
export interface ScoredRows {
  readonly target: Target;
  readonly challenger: Scored;
  readonly champion: Scored | undefined;
  readonly baseline: Scored;
  /** Challenger against champion (if there is one) and against the baseline. */
  readonly againstChampion: readonly Difference[] | undefined;
  readonly againstBaseline: readonly Difference[];
}

export interface BootstrapOptions {
  readonly resamples: number;
  readonly confidence: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Scores all candidates on the same rows and the same bootstrap draws. Classes that only one of them knows are added to all. */
export function scoreCandidates(
  given: Target,
  challenger: Predictions,
  champion: Predictions | undefined,
  baseline: Baseline,
  options: BootstrapOptions,
): ScoredRows {
  const classes = given.task === 'classification' ? allClasses(given.classes, [challenger, champion]) : [];
  const target: Target = given.task === 'classification' ? { ...given, classes } : given;
  const nRows = rowCount(target);
  const predictions = [
    withClasses(challenger, classes),
    ...(champion ? [withClasses(champion, classes)] : []),
    baselinePredictions(baseline, nRows, classes),
  ];
  const rows = groupRows(nRows, options.seed);
  const { intervals, differences } = bootstrap(
    predictions.map((p) => resampler(target, p, rows)),
    rows.groups,
    { ...options, level: options.confidence },
  );
  const scored = predictions.map((p, i): Scored => {
    return { predictions: p, metrics: scoreAll(target, p), intervals: Object.fromEntries(intervals[i]!) };
  });
  const against = (i: number) => differencesOf(scored[0]!.metrics, scored[i]!.metrics, differences[i - 1]!);
  const last = predictions.length - 1;
  return {
    target,
    challenger: scored[0]!,
    champion: champion ? scored[1] : undefined,
    baseline: scored[last]!,
    againstChampion: champion ? against(1) : undefined,
    againstBaseline: against(last),
  };
}

function differencesOf(
  challenger: Record<string, number>,
  other: Record<string, number>,
  intervals: ReadonlyMap<string, Interval>,
): Difference[] {
  const out: Difference[] = [];
  for (const [metric, { low, high }] of intervals) {
    const a = challenger[metric];
    const b = other[metric];
    if (a === undefined || b === undefined) continue;
    const ends = [improvement(metric, low, 0), improvement(metric, high, 0)];
    const outcome = Math.min(...ends) > 0 ? 'better' : Math.max(...ends) < 0 ? 'worse' : 'same';
    out.push({ metric, challenger: a, other: b, difference: a - b, low, high, outcome });
  }
  return out;
}

/** The target's classes first, so that its codes stay valid. */
function allClasses(classes: readonly string[], models: readonly (Predictions | undefined)[]): string[] {
  const all = new Set(classes);
  for (const model of models) {
    if (model?.task === 'classification') for (const name of model.classes) all.add(name);
  }
  return [...all];
}

function withClasses(predictions: Predictions, classes: readonly string[]): Predictions {
  if (predictions.task === 'regression') return predictions;
  const from = predictions.classes;
  if (from.length === classes.length && from.every((name, i) => name === classes[i])) return predictions;
  const code = from.map((name) => classes.indexOf(name));
  const nRows = predictions.labels.length;
  const probabilities = new Float64Array(nRows * classes.length);
  for (let i = 0; i < nRows; i++) {
    for (const [c, to] of code.entries()) {
      probabilities[i * classes.length + to] = predictions.probabilities[i * from.length + c]!;
    }
  }
  return {
    task: 'classification',
    classes,
    labels: predictions.labels.map((label) => code[label]!),
    probabilities,
  } satisfies ClassPredictions;
}

export function primaryMetricOf(asked: string, target: Target): string {
  if (asked !== 'auto') return asked;
  if (target.task === 'regression') return 'rmse';
  return target.classes.length === 2 ? 'roc_auc' : 'f1_macro';
}
