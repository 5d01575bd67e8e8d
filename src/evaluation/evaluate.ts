import type { EvaluationSettings, GateSetting } from '../config/gates.ts';
import type { Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Baseline } from '../metrics/baseline.ts';
import { deLong, mcNemar } from '../metrics/paired-tests.ts';
import { indicatorOf, type Predictions, probabilityOf, rowCount, type Target } from '../metrics/predictions.ts';
import { formatNumber, oneLine } from '../reports/format.ts';
import { primaryMetricOf, type Scored, type ScoredRows, scoreCandidates } from './candidates.ts';
import type { Evaluation, GateResult } from './evaluation.ts';
import { classificationFigures, lossOverTime, regressionFigures } from './figures.ts';
import { checkGates, intervalText } from './gates.ts';
import { scoreSlices, slicesOfColumns } from './slices.ts';

export type { Evaluation } from './evaluation.ts';

export interface EvaluatedModel {
  readonly name: string;
  readonly uri: string;
  readonly version?: number;
  readonly digest?: string;
  readonly predictions: Predictions;
}

export interface EvaluateInput {
  readonly challenger: EvaluatedModel;
  readonly champion?: EvaluatedModel;
  readonly target: Target;
  /** The raw rows that were scored, for slices and time. */
  readonly table: Table;
  readonly baseline: Baseline;
  readonly importances?: readonly { readonly feature: string; readonly mean: number; readonly std: number }[];
  readonly settings: EvaluationSettings;
  readonly gates: readonly GateSetting[];
  readonly seed: number;
  /** The column that says when a row happened. */
  readonly time?: string;
  /** Which rows these are, in words: `3,476 held-out rows of 17,379`. */
  readonly rows: string;
  readonly signal?: AbortSignal;
}

/**
 * Scores the challenger, the champion and the baseline on the same rows, compares them by paired bootstrap and decides by
 * the gates. The same input gives the same result, whatever the machine.
 *
 * @throws EVALUATION_EMPTY without rows · GATE_INVALID · PREDICTION_INVALID when a prediction is not a number
 */
export function evaluate(input: EvaluateInput): Evaluation {
  const { challenger, champion, settings, table, seed } = input;
  checkInput(input);
  const scored = scoreCandidates(input.target, challenger.predictions, champion?.predictions, input.baseline, {
    resamples: settings.resamples,
    confidence: settings.confidence,
    seed,
    ...(input.signal ? { signal: input.signal } : {}),
  });
  const { target } = scored;
  const primaryMetric = primaryMetricOf(settings['primary-metric'], target);
  const unchanged = champion?.digest !== undefined && champion.digest === challenger.digest;
  const gates = checkGates({
    scored,
    settings,
    gates: input.gates,
    primaryMetric,
    champion: champion && shownName(champion),
    unchanged,
    table,
    seed,
  });
  const { slices, missing } = slicesOfColumns(table, settings.slices);
  const sliceOptions = { minRows: settings['min-rows'], confidence: settings.confidence, seed };
  const predictions = scored.challenger.predictions;
  const classification = classificationFigures(target, predictions);
  const regression = regressionFigures(target, predictions, seed);
  const overTime = lossOverTime(table, input.time, target, predictions, scored.champion?.predictions);
  return {
    schema: 1,
    ...decide(gates, scored, primaryMetric, champion, settings.confidence),
    task: target.task,
    rows: { count: rowCount(target), description: oneLine(input.rows, 300) },
    primaryMetric,
    confidence: settings.confidence,
    ...identity(challenger),
    metrics: scored.challenger.metrics,
    intervals: scored.challenger.intervals,
    ...(champion && scored.champion ? { champion: { ...identity(champion), ...measured(scored.champion) } } : {}),
    baseline: {
      name: target.task === 'regression' ? 'always the mean' : 'always the most frequent class',
      metrics: scored.baseline.metrics,
    },
    comparison: {
      against: champion ? 'champion' : 'baseline',
      differences: [...(scored.againstChampion ?? scored.againstBaseline)],
      ...pairedTests(scored),
    },
    gates,
    notes: missing.map((name) => `"${oneLine(name)}" of evaluation.slices is not a column of these rows`).slice(0, 20),
    importances: [...(input.importances ?? [])]
      .sort((a, b) => b.mean - a.mean)
      .slice(0, 200)
      .map(({ feature, mean, std }) => ({ feature: oneLine(feature, 120), mean, std })),
    slices: scoreSlices(slices, target, predictions, primaryMetric, sliceOptions).slice(0, 500),
    ...(classification ? { classification } : {}),
    ...(regression ? { regression } : {}),
    ...(overTime ? { overTime } : {}),
  };
}

function checkInput({ target, challenger, champion, table }: EvaluateInput): void {
  const nRows = rowCount(target);
  if (nRows === 0) throw new MlopsError('EVALUATION_EMPTY', 'there is no row to evaluate on');
  for (const model of champion ? [challenger, champion] : [challenger]) {
    const { predictions } = model;
    if (rowCount(predictions) !== nRows || table.nRows !== nRows) {
      throw new TypeError(`${rowCount(predictions)} predictions and ${table.nRows} table rows for ${nRows} truths`);
    }
    const values = predictions.task === 'regression' ? predictions.values : predictions.probabilities;
    let bad = 0;
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) bad++;
    if (bad > 0) {
      throw new MlopsError(
        'PREDICTION_INVALID',
        `${model.uri} gives ${bad} predictions that are not finite numbers: it cannot be evaluated`,
      );
    }
  }
}

function identity({ name, uri, version, digest }: EvaluatedModel) {
  return {
    name: oneLine(name, 120),
    uri: oneLine(uri, 400),
    ...(version === undefined ? {} : { version }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function measured({ metrics, intervals }: Scored) {
  return { metrics, intervals };
}

function shownName({ name, uri, version }: EvaluatedModel): string {
  return version === undefined ? oneLine(uri) : `${oneLine(name)} v${version}`;
}

function pairedTests({ target, challenger, champion }: ScoredRows): Partial<Evaluation['comparison']> {
  if (!champion || target.task !== 'classification') return {};
  if (challenger.predictions.task !== 'classification' || champion.predictions.task !== 'classification') return {};
  const tests = { mcNemar: mcNemar(target.codes, challenger.predictions.labels, champion.predictions.labels) };
  const positive = indicatorOf(target.codes, 1);
  const counts = positive.reduce((sum, p) => sum + p, 0);
  if (target.classes.length !== 2 || counts < 2 || positive.length - counts < 2) return tests;
  const { difference, standardError, pValue } = deLong(
    positive,
    probabilityOf(challenger.predictions, 1),
    probabilityOf(champion.predictions, 1),
  );
  return { ...tests, deLong: { difference, standardError, pValue } };
}

function decide(
  gates: readonly GateResult[],
  scored: ScoredRows,
  metric: string,
  champion: EvaluatedModel | undefined,
  confidence: number,
): Pick<Evaluation, 'verdict' | 'reason'> {
  const failed = gates.filter((gate) => gate.outcome === 'fail' && gate.severity === 'fail');
  const open = gates.filter((gate) => gate.outcome === 'inconclusive');
  const warned = gates.filter((gate) => gate.outcome === 'fail' && gate.severity === 'warn');
  const first = failed[0] ?? warned[0] ?? open[0];
  const verdict = failed.length > 0 ? 'fail' : first ? 'warn' : 'pass';
  if (first) {
    const others = failed.length + warned.length + open.length - 1;
    const more = others > 0 ? `, and ${others} more ${others === 1 ? 'gate is' : 'gates are'} missed or open` : '';
    return { verdict, reason: oneLine(`${first.explanation}${more}`, 500) };
  }
  const value = scored.challenger.metrics[metric];
  const difference = (scored.againstChampion ?? scored.againstBaseline).find((d) => d.metric === metric);
  const other = champion ? shownName(champion) : 'the baseline';
  if (value === undefined || !difference) return { verdict, reason: `all ${gates.length} gates are passed` };
  const word = { better: 'better than', worse: 'within the margin of', same: 'no worse than' }[difference.outcome];
  return {
    verdict,
    reason: oneLine(
      `${word} ${other}: ${metric} ${formatNumber(value)} against ${formatNumber(difference.other)} (${intervalText(difference, confidence)})`,
      500,
    ),
  };
}
