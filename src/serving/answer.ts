import { LOWER_COLUMN, type Predictions, UPPER_COLUMN } from '../model/predict.ts';

/** Each row as the text of a JSON object with the columns of `predictionTable`. */
export function predictionTexts(predictions: Predictions): string[] {
  if (predictions.task === 'regression') {
    const { values, interval } = predictions;
    if (!interval) return Array.from(values, (value) => `{"prediction":${numberText(value)}}`);
    const bounds = (row: number): string =>
      `"${LOWER_COLUMN}":${numberText(interval.lower[row]!)},"${UPPER_COLUMN}":${numberText(interval.upper[row]!)}`;
    return Array.from(values, (value, row) => `{"prediction":${numberText(value)},${bounds(row)}}`);
  }
  const { classes, labels, probabilities } = predictions;
  const heads = classes.map((label) => `{"prediction":${JSON.stringify(label)}`);
  const keys = classes.map((label) => `,${JSON.stringify(`probability_${label}`)}:`);
  const width = classes.length;
  return Array.from(labels, (label, row) => {
    let text = heads[label]!;
    for (let k = 0; k < width; k++) text += keys[k]! + numberText(probabilities[row * width + k]!);
    return `${text}}`;
  });
}

/** JSON has no NaN. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}
