import { Dictionary } from '../data/csv/fields.ts';
import type { Table } from '../data/table.ts';
import type { Task } from '../data/target.ts';
import type { FittedFeatures } from '../features/fitted-features.ts';
import { applyAmong, applyFeatures } from '../features/pipeline.ts';
import type { Forest } from '../forest/forest.ts';
import { predictForest } from '../forest/predict-forest.ts';
import { type LeafResponses, predictQuantiles } from '../forest/quantile-forest.ts';
import { type Calibration, calibrate } from '../metrics/calibration.ts';
import { type PredictionInterval, type Predictions, probabilityOf } from '../metrics/predictions.ts';
import { conformTable } from './conform.ts';

export type { Predictions } from '../metrics/predictions.ts';

export interface PredictingParts {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly features: FittedFeatures;
  readonly forest: Forest;
  /** What the forest's probabilities become; undefined: they are taken as they are. */
  readonly calibration?: Calibration | undefined;
  /** Of regression; undefined: numbers alone are predicted. */
  readonly intervals?: IntervalParts | undefined;
}

/** What prediction intervals are made of. */
export interface IntervalParts {
  readonly levels: readonly [lower: number, upper: number];
  readonly responses: LeafResponses;
}

/** Columns of the predictions that hold the bounds. */
export const LOWER_COLUMN = 'prediction_lower';
export const UPPER_COLUMN = 'prediction_upper';

/**
 * Predictions of raw rows. Columns are found by name and brought to the kinds of training; others are ignored.
 *
 * @throws COLUMN_NOT_FOUND with every column that is missing
 */
export function predictRaw(parts: PredictingParts, table: Table): Predictions {
  const rows = featureRows(parts, table);
  return predictionsOf(parts, rows, predictForest(parts.forest, rows));
}

/** What the forest sees of raw rows. @throws COLUMN_NOT_FOUND with every column that is missing */
export function featureRows({ features }: PredictingParts, table: Table): Table {
  return applyFeatures(features, conformTable(table, features.inputs));
}

/**
 * Predictions out of what the forest gives for the rows.
 *
 * @param rows of `featureRows`
 * @param means nRows × outputs, row-major
 */
export function predictionsOf(parts: PredictingParts, rows: Table, means: Float64Array): Predictions {
  const { task, classes, forest, calibration, intervals } = parts;
  if (task === 'regression') {
    return { task, values: means, ...(intervals ? { interval: intervalOf(forest, rows, intervals) } : {}) };
  }
  return classPredictions(classes, calibration ? calibrate(calibration, means, classes.length) : means);
}

/** @param probabilities nRows × classes, row-major */
export function classPredictions(classes: readonly string[], probabilities: Float64Array): Predictions {
  const width = classes.length;
  const labels = Int32Array.from({ length: probabilities.length / width }, (_, row) => {
    let best = 0;
    // The first of equally probable classes, as in numpy's argmax.
    for (let k = 1; k < width; k++) if (probabilities[row * width + k]! > probabilities[row * width + best]!) best = k;
    return best;
  });
  return { task: 'classification', classes, labels, probabilities };
}

function intervalOf(forest: Forest, rows: Table, { levels, responses }: IntervalParts): PredictionInterval {
  const quantiles = predictQuantiles(forest, responses, rows, levels);
  const bound = (at: number): Float64Array =>
    Float64Array.from({ length: rows.nRows }, (_, row) => quantiles[2 * row + at]!);
  return { lower: bound(0), upper: bound(1) };
}

/** Names of the columns of `predictionTable`. */
export function predictionColumns({
  task,
  classes,
  intervals,
}: Omit<PredictingParts, 'features' | 'forest'>): string[] {
  if (task === 'regression') return ['prediction', ...(intervals ? [LOWER_COLUMN, UPPER_COLUMN] : [])];
  return ['prediction', ...classes.map((label) => `probability_${label}`)];
}

/** `prediction`; for classification `probability_<class>` of each class, for intervals `prediction_lower` and `prediction_upper`. */
export function predictionTable(predictions: Predictions): Table {
  if (predictions.task === 'regression') {
    const { values, interval } = predictions;
    const bounds = interval
      ? [
          [LOWER_COLUMN, interval.lower],
          [UPPER_COLUMN, interval.upper],
        ]
      : [];
    const columns = [['prediction', values], ...bounds] as [string, Float64Array][];
    return {
      nRows: values.length,
      columns: columns.map(([name, cells]) => ({ kind: 'numeric', name, values: cells, integer: false })),
    };
  }
  const { labels, classes } = predictions;
  return {
    nRows: labels.length,
    columns: [
      { kind: 'categorical', name: 'prediction', codes: labels, categories: classes },
      ...classes.map((label, k) => ({
        kind: 'numeric' as const,
        name: `probability_${label}`,
        values: probabilityOf(predictions, k),
        integer: false,
      })),
    ],
  };
}

/** The reverse of `predictionTable`. @throws TypeError when columns are missing */
export function predictionsFromTable(table: Table, task: Task, classes: readonly string[]): Predictions {
  const [prediction] = table.columns;
  if (task === 'regression') {
    if (prediction?.kind !== 'numeric') throw new TypeError('expected a numeric column "prediction"');
    const [lower, upper] = [LOWER_COLUMN, UPPER_COLUMN].map((name) => table.columns.find((c) => c.name === name));
    if (lower?.kind !== 'numeric' || upper?.kind !== 'numeric') return { task, values: prediction.values };
    return { task, values: prediction.values, interval: { lower: lower.values, upper: upper.values } };
  }
  if (prediction?.kind !== 'categorical') throw new TypeError('expected a text column "prediction"');
  const known = new Dictionary();
  for (const label of classes) known.codeOf(label);
  const codes = prediction.categories.map((text) => known.codeOf(text));
  const probabilities = new Float64Array(table.nRows * classes.length);
  for (const [k, label] of classes.entries()) {
    const column = table.columns.find((c) => c.name === `probability_${label}`);
    if (column?.kind !== 'numeric') throw new TypeError(`expected a numeric column "probability_${label}"`);
    for (let row = 0; row < table.nRows; row++) probabilities[row * classes.length + k] = column.values[row]!;
  }
  return { task, classes, labels: prediction.codes.map((code) => codes[code]!), probabilities };
}

/** Predictions of some rows of a table that holds all there is, in the order given; the others are their past. */
export function predictAmong(parts: PredictingParts, table: Table, rows: Int32Array): Predictions {
  const made = applyAmong(parts.features, conformTable(table, parts.features.inputs), rows);
  return predictionsOf(parts, made, predictForest(parts.forest, made));
}

/** The predictions of some rows, in the order given. */
export function takePredictions(predictions: Predictions, rows: Int32Array): Predictions {
  if (predictions.task === 'regression') {
    const take = (of: Float64Array): Float64Array => Float64Array.from(rows, (row) => of[row]!);
    const { values, interval } = predictions;
    const bounds = interval && { lower: take(interval.lower), upper: take(interval.upper) };
    return { task: 'regression', values: take(values), ...(bounds ? { interval: bounds } : {}) };
  }
  const width = predictions.classes.length;
  const probabilities = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    probabilities.set(predictions.probabilities.subarray(row * width, (row + 1) * width), i * width);
  }
  return { ...predictions, labels: Int32Array.from(rows, (row) => predictions.labels[row]!), probabilities };
}
