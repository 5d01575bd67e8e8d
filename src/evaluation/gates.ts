import type { EvaluationSettings, GateSetting } from '../config/gates.ts';
import type { Table } from '../data/table.ts';
import { findColumn } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import { classScores, confusionMatrix } from '../metrics/confusion.ts';
import { rowCount } from '../metrics/predictions.ts';
import {
  BINARY_METRICS,
  INTERVAL_METRICS,
  improvement,
  lessIsBetter,
  MULTICLASS_METRICS,
  REGRESSION_METRICS,
} from '../metrics/score-all.ts';
import { formatNumber, formatPercent, oneLine } from '../reports/format.ts';
import type { ScoredRows } from './candidates.ts';
import type { Difference, GateResult } from './evaluation.ts';
import { scoreSlices, slicesOf } from './slices.ts';

export interface GateInput {
  readonly scored: ScoredRows;
  readonly settings: EvaluationSettings;
  readonly gates: readonly GateSetting[];
  readonly primaryMetric: string;
  readonly champion: string | undefined;
  /** Challenger and champion are the same bytes. */
  readonly unchanged: boolean;
  readonly table: Table;
  readonly seed: number;
}

/** The gates that are always on, then those of mlops.yaml. @throws GATE_INVALID with every fault of the latter */
export function checkGates(input: GateInput): GateResult[] {
  checkSettings(input);
  const { scored, settings, champion, unchanged } = input;
  const results: GateResult[] = [];
  const nRows = rowCount(scored.target);
  if (nRows < settings['min-rows']) {
    results.push({
      gate: 'enough rows',
      outcome: 'inconclusive',
      severity: 'fail',
      found: `${nRows} rows`,
      allowed: `at least ${settings['min-rows']}`,
      explanation: `${nRows} rows are too few to tell; ${settings['min-rows']} would do`,
    });
  }
  if (settings['beat-baseline']) results.push(beatsBaseline(input));
  if (champion !== undefined) {
    if (unchanged) {
      results.push({
        gate: 'new model',
        outcome: 'fail',
        severity: 'warn',
        found: `same bytes as ${champion}`,
        allowed: 'another model than the champion',
        explanation: `same bytes as ${champion}: there is nothing to promote`,
      });
    } else {
      results.push(
        noRegression(input, champion, input.primaryMetric, settings['regression-margin'], 'fail', 'no regression'),
      );
    }
  }
  for (const gate of input.gates) results.push(...configured(gate, input));
  return results;
}

function checkSettings({ gates, scored, table, primaryMetric }: GateInput): void {
  const { target } = scored;
  const known =
    target.task === 'regression'
      ? [...REGRESSION_METRICS, ...('interval' in scored.challenger.predictions ? INTERVAL_METRICS : [])]
      : target.classes.length === 2
        ? BINARY_METRICS
        : [...MULTICLASS_METRICS, 'f1', 'precision', 'recall'];
  const faults: string[] = [];
  const checkMetric = (place: string, metric: string): void => {
    if (known.includes(metric)) return;
    faults.push(
      `"${place}" is "${metric}", which is not measured for ${target.task}.${didYouMean(metric, known)} Metrics: ${listSome(known, 30)}`,
    );
  };
  checkMetric('evaluation.primary-metric', primaryMetric);
  for (const [i, gate] of gates.entries()) {
    checkMetric(`gates.${i}.metric`, gate.metric);
    if (gate.min === undefined && gate.max === undefined && gate['regression-margin'] === undefined) {
      faults.push(`"gates.${i}" has no limit, expected min, max or regression-margin`);
    }
    if (gate.slice !== undefined && !findColumn(table, gate.slice)) {
      const names = table.columns.map((column) => column.name);
      faults.push(`"gates.${i}.slice" is "${gate.slice}", which is no column.${didYouMean(gate.slice, names)}`);
    }
    if (gate.class !== undefined && target.task === 'classification' && !target.classes.includes(gate.class)) {
      faults.push(`"gates.${i}.class" is "${gate.class}". Classes: ${listSome(target.classes)}`);
    }
    if (gate.class !== undefined && !['f1', 'precision', 'recall'].includes(gate.metric)) {
      faults.push(`"gates.${i}.class" goes with f1, precision or recall, not with ${gate.metric}`);
    }
    if (gate.class === undefined && isUnaveraged(gate.metric, target)) {
      faults.push(`"gates.${i}.metric" is "${gate.metric}": name the class, or use ${gate.metric}_macro`);
    }
  }
  if (faults.length > 0) throw new MlopsError('GATE_INVALID', faults);
}

function isUnaveraged(metric: string, target: ScoredRows['target']): boolean {
  return (
    target.task === 'classification' && target.classes.length !== 2 && ['f1', 'precision', 'recall'].includes(metric)
  );
}

function beatsBaseline({ scored, primaryMetric: metric }: GateInput): GateResult {
  const name = scored.target.task === 'regression' ? 'the mean' : 'the most frequent class';
  const gate = 'beats the baseline';
  const allowed = `better than always saying ${name}`;
  const value = scored.challenger.metrics[metric];
  const base = scored.baseline.metrics[metric];
  if (value === undefined || base === undefined) return undefinedHere(gate, metric, allowed);
  const difference = scored.againstBaseline.find((d) => d.metric === metric);
  const found = `${metric} ${formatNumber(value)} against ${formatNumber(base)}`;
  const better = improvement(metric, value, base) > 0;
  if (!better) {
    return {
      gate,
      outcome: 'fail',
      severity: 'fail',
      found,
      allowed,
      explanation: `${metric} ${formatNumber(value)} is not better than ${formatNumber(base)}, what always saying ${name} gives`,
    };
  }
  if (difference && difference.outcome !== 'better') {
    return {
      gate,
      outcome: 'inconclusive',
      severity: 'fail',
      found,
      allowed,
      explanation: `${found} may be chance; ${rowsThatTell(difference, rowCount(scored.target))}`,
    };
  }
  return { gate, outcome: 'pass', severity: 'fail', found, allowed, explanation: `${found}, always saying ${name}` };
}

function noRegression(
  { scored, settings }: GateInput,
  champion: string,
  metric: string,
  margin: number,
  severity: 'fail' | 'warn',
  gate: string,
): GateResult {
  const allowed =
    margin === 0
      ? `not significantly worse than ${champion}`
      : `not more than ${formatPercent(margin)} worse than ${champion} with ${formatNumber(100 * settings.confidence)} % confidence`;
  const value = scored.challenger.metrics[metric];
  const other = scored.champion?.metrics[metric];
  if (value === undefined || other === undefined) return undefinedHere(gate, metric, allowed);
  const difference = scored.againstChampion?.find((d) => d.metric === metric);
  const slack = margin * Math.abs(other);
  const found = `${metric} ${formatNumber(value)} against ${formatNumber(other)}`;
  const gain = improvement(metric, value, other);
  const bestCase = difference
    ? Math.max(improvement(metric, difference.low, 0), improvement(metric, difference.high, 0))
    : gain;
  const interval = difference ? ` (difference ${intervalText(difference, settings.confidence)})` : '';
  if (bestCase < -slack) {
    return {
      gate,
      outcome: 'fail',
      severity,
      found,
      allowed,
      explanation: `${found} of ${champion} is worse${margin > 0 ? ` by more than ${formatPercent(margin)}` : ''}${interval}`,
    };
  }
  const rows = rowCount(scored.target);
  if (rows < settings['min-rows']) {
    return { gate, outcome: 'inconclusive', severity, found, allowed, explanation: `${rows} rows are too few to tell` };
  }
  const explanation =
    gain < -slack && difference
      ? `${found} of ${champion} is within what chance gives${interval}; ${rowsThatTell(difference, rows)}`
      : `${found} of ${champion}${interval}`;
  return { gate, outcome: 'pass', severity, found, allowed, explanation };
}

function configured(gate: GateSetting, input: GateInput): GateResult[] {
  const results: GateResult[] = [];
  const { severity } = gate;
  const of = `${gate.metric}${gate.class === undefined ? '' : ` of ${oneLine(gate.class)}`}`;
  const margin = gate['regression-margin'];
  if (margin !== undefined && input.champion !== undefined && !input.unchanged) {
    results.push(noRegression(input, input.champion, gate.metric, margin, severity, `${of} against the champion`));
  }
  for (const [side, limit] of [
    ['at least', gate.min],
    ['at most', gate.max],
  ] as const) {
    if (limit === undefined) continue;
    const name = `${of} ${side} ${formatNumber(limit)}${gate.slice === undefined ? '' : ` for every ${oneLine(gate.slice)}`}`;
    const allowed = `${side} ${formatNumber(limit)}`;
    const missed = (value: number): boolean => (side === 'at least' ? value < limit : value > limit);
    if (gate.slice !== undefined) {
      results.push(sliceGate(name, allowed, gate, input, missed));
      continue;
    }
    const value = metricOf(gate, input.scored);
    if (value === undefined) {
      results.push({ ...undefinedHere(name, of, allowed), severity });
      continue;
    }
    const side2 = side === 'at least' ? 'below' : 'above';
    const isMissed = missed(value);
    results.push({
      gate: name,
      outcome: isMissed ? 'fail' : 'pass',
      severity,
      found: formatNumber(value),
      allowed,
      explanation: isMissed
        ? `${of} is ${formatNumber(value)}, ${side2} the limit of ${formatNumber(limit)}`
        : `${of} is ${formatNumber(value)}`,
    });
  }
  return results;
}

function metricOf(gate: GateSetting, { target, challenger }: ScoredRows): number | undefined {
  if (gate.class === undefined) return challenger.metrics[gate.metric];
  if (target.task !== 'classification' || challenger.predictions.task !== 'classification') return undefined;
  const confusion = confusionMatrix(target.codes, challenger.predictions.labels, target.classes.length);
  const scores = classScores(confusion)[target.classes.indexOf(gate.class)]!;
  return scores.support > 0 ? scores[gate.metric as 'f1' | 'precision' | 'recall'] : undefined;
}

function sliceGate(
  name: string,
  allowed: string,
  gate: GateSetting,
  { scored, table, settings, seed }: GateInput,
  missed: (value: number) => boolean,
): GateResult {
  const slices = scoreSlices(
    slicesOf(findColumn(table, gate.slice!)!),
    scored.target,
    scored.challenger.predictions,
    gate.metric,
    { minRows: settings['min-rows'], confidence: settings.confidence, seed },
  );
  if (slices.length === 0) return { ...undefinedHere(name, gate.metric, allowed), severity: gate.severity };
  const failed = slices.filter((slice) => missed(slice.value));
  const worst = slices.reduce((a, b) => (improvement(gate.metric, a.value, b.value) < 0 ? a : b));
  return {
    gate: name,
    outcome: failed.length > 0 ? 'fail' : 'pass',
    severity: gate.severity,
    found: `${formatNumber(worst.value)} for ${worst.slice}`,
    allowed,
    explanation:
      failed.length > 0
        ? `${gate.metric} is ${formatNumber(worst.value)} for ${worst.slice}, allowed is ${allowed}${failed.length > 1 ? ` (${failed.length} slices miss it)` : ''}`
        : `the ${lessIsBetter(gate.metric) ? 'greatest' : 'least'} is ${formatNumber(worst.value)} for ${worst.slice}`,
  };
}

function undefinedHere(gate: string, metric: string, allowed: string): GateResult {
  const explanation = `${metric} is not defined on these rows`;
  return { gate, outcome: 'inconclusive', severity: 'fail', found: 'undefined', allowed, explanation };
}

export function intervalText({ difference, low, high }: Difference, confidence: number): string {
  return `${signed(difference)}, ${formatNumber(100 * confidence)} % interval ${signed(low)} to ${signed(high)}`;
}

export function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** Intervals shrink with the square root of the rows. */
function rowsThatTell({ difference, low, high }: Difference, rows: number): string {
  const half = (high - low) / 2;
  if (difference === 0) return 'no number of rows would tell';
  return `about ${formatNumber(Math.ceil(rows * Math.max(1, half / Math.abs(difference)) ** 2))} rows would tell`;
}
