import { findColumn, type Table } from '../data/table.ts';
import { Random } from '../forest/random.ts';
import { classScores, confusionMatrix } from '../metrics/confusion.ts';
import { indicatorOf, type Predictions, probabilityOf, type Target } from '../metrics/predictions.ts';
import { calibrationBins } from '../metrics/probability.ts';
import { rankingCurves } from '../metrics/ranking.ts';
import { oneLine } from '../reports/format.ts';
import type { Evaluation } from './evaluation.ts';

const MOST_CLASSES = 50;
const SCATTER_POINTS = 500;
const RESIDUAL_BINS = 30;
const TIME_POINTS = 60;

/** What the charts of a classifier show. Beyond 50 classes only the most frequent ones are kept. */
export function classificationFigures(
  target: Target,
  predictions: Predictions,
): NonNullable<Evaluation['classification']> | undefined {
  if (target.task !== 'classification' || predictions.task !== 'classification') return undefined;
  const size = target.classes.length;
  const confusion = confusionMatrix(target.codes, predictions.labels, size);
  const scores = classScores(confusion);
  const kept = [...scores.keys()]
    .sort((a, b) => scores[b]!.support - scores[a]!.support || a - b)
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b);
  const name = (c: number) => oneLine(target.classes[c]!);
  const figures = {
    classes: kept.map(name),
    perClass: kept.map((c) => {
      const { precision, recall, f1, support } = scores[c]!;
      return { class: name(c), precision, recall, f1, support };
    }),
    ...(size <= MOST_CLASSES ? { confusion: kept.map((t) => kept.map((p) => confusion.cells[t * size + p]!)) } : {}),
  };
  if (size === 2) {
    const positive = indicatorOf(target.codes, 1);
    const score = probabilityOf(predictions, 1);
    const both = positive.includes(0) && positive.includes(1);
    return {
      ...figures,
      calibration: calibrationBins(score, positive),
      ...(both ? rankingCurves(positive, score) : {}),
    };
  }
  const confidence = new Float64Array(target.codes.length);
  const right = new Uint8Array(target.codes.length);
  for (let i = 0; i < right.length; i++) {
    confidence[i] = predictions.probabilities[i * size + predictions.labels[i]!]!;
    right[i] = predictions.labels[i] === target.codes[i] ? 1 : 0;
  }
  return { ...figures, calibration: calibrationBins(confidence, right) };
}

export function regressionFigures(
  target: Target,
  predictions: Predictions,
  seed: number,
): NonNullable<Evaluation['regression']> | undefined {
  if (target.task !== 'regression' || predictions.task !== 'regression') return undefined;
  const n = target.values.length;
  const rows = new Random(seed).rowsWithout(n, Math.min(n, SCATTER_POINTS));
  const scatter = Array.from(rows, (row): [number, number] => [target.values[row]!, predictions.values[row]!]);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < n; i++) {
    const residual = target.values[i]! - predictions.values[i]!;
    low = Math.min(low, residual);
    high = Math.max(high, residual);
  }
  if (low === high) return { scatter, residuals: { edges: [low, high], counts: [n] } };
  const counts = new Array<number>(RESIDUAL_BINS).fill(0);
  const width = (high - low) / RESIDUAL_BINS;
  for (let i = 0; i < n; i++) {
    const residual = target.values[i]! - predictions.values[i]!;
    counts[Math.min(RESIDUAL_BINS - 1, Math.floor((residual - low) / width))]! += 1;
  }
  const edges = Array.from({ length: RESIDUAL_BINS + 1 }, (_, i) => (i === RESIDUAL_BINS ? high : low + i * width));
  return { scatter, residuals: { edges, counts } };
}

/** Mean loss of rows in up to 60 stretches of time with equally many rows each. */
export function lossOverTime(
  table: Table,
  time: string | undefined,
  target: Target,
  challenger: Predictions,
  other: Predictions | undefined,
): Evaluation['overTime'] {
  const column = time === undefined ? undefined : findColumn(table, time);
  if (column?.kind !== 'datetime') return undefined;
  const rows = Array.from(column.values.keys()).filter((row) => !Number.isNaN(column.values[row]));
  rows.sort((a, b) => column.values[a]! - column.values[b]! || a - b);
  if (rows.length < 2 || column.values[rows[0]!] === column.values[rows.at(-1)!]) return undefined;
  const stretches = Math.min(TIME_POINTS, Math.max(2, Math.floor(rows.length / 30)));
  const series = (predictions: Predictions): [number, number][] =>
    Array.from({ length: stretches }, (_, s) => {
      const part = rows.slice(
        Math.floor((s * rows.length) / stretches),
        Math.floor(((s + 1) * rows.length) / stretches),
      );
      const loss = part.reduce((sum, row) => sum + rowLoss(target, predictions, row), 0) / part.length;
      return [column.values[part[Math.floor(part.length / 2)]!]!, loss];
    });
  return {
    metric: target.task === 'regression' ? 'mae' : 'share of wrong labels',
    challenger: series(challenger),
    ...(other ? { other: series(other) } : {}),
  };
}

function rowLoss(target: Target, predictions: Predictions, row: number): number {
  if (target.task === 'regression' && predictions.task === 'regression') {
    return Math.abs(target.values[row]! - predictions.values[row]!);
  }
  if (target.task === 'classification' && predictions.task === 'classification') {
    return predictions.labels[row] === target.codes[row] ? 0 : 1;
  }
  return Number.NaN;
}
