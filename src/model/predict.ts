import { Dictionary } from '../data/csv/fields.ts';
import type { Table } from '../data/table.ts';
import type { Task } from '../data/target.ts';
import type { FittedFeatures } from '../features/fitted-features.ts';
import { applyFeatures } from '../features/pipeline.ts';
import type { Forest } from '../forest/forest.ts';
import { predictForest } from '../forest/predict-forest.ts';
import { type Predictions, probabilityOf } from '../metrics/predictions.ts';
import { conformTable } from './conform.ts';

export type { Predictions } from '../metrics/predictions.ts';

export interface PredictingParts {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly features: FittedFeatures;
  readonly forest: Forest;
}

/**
 * Predictions of raw rows. Columns are found by name and brought to the kinds of training; others are ignored.
 *
 * @throws COLUMN_NOT_FOUND with every column that is missing
 */
export function predictRaw({ task, classes, features, forest }: PredictingParts, table: Table): Predictions {
  const values = predictForest(forest, applyFeatures(features, conformTable(table, features.inputs)));
  if (task === 'regression') return { task, values };
  const width = classes.length;
  const labels = Int32Array.from({ length: table.nRows }, (_, row) => {
    let best = 0;
    // The first of equally probable classes, as in numpy's argmax.
    for (let k = 1; k < width; k++) if (values[row * width + k]! > values[row * width + best]!) best = k;
    return best;
  });
  return { task, classes, labels, probabilities: values };
}

/** `prediction`, and for classification `probability_<class>` of each class. */
export function predictionTable(predictions: Predictions): Table {
  if (predictions.task === 'regression') {
    const { values } = predictions;
    return { nRows: values.length, columns: [{ kind: 'numeric', name: 'prediction', values, integer: false }] };
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
    return { task, values: prediction.values };
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

/** The predictions of some rows, in the order given. */
export function takePredictions(predictions: Predictions, rows: Int32Array): Predictions {
  if (predictions.task === 'regression') {
    return { task: 'regression', values: Float64Array.from(rows, (row) => predictions.values[row]!) };
  }
  const width = predictions.classes.length;
  const probabilities = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    probabilities.set(predictions.probabilities.subarray(row * width, (row + 1) * width), i * width);
  }
  return { ...predictions, labels: Int32Array.from(rows, (row) => predictions.labels[row]!), probabilities };
}
