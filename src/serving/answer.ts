import type { Predictions } from '../model/predict.ts';

/** Each row as the text of a JSON object: `prediction`, and for classification `probability_<class>`. */
export function predictionTexts(predictions: Predictions): string[] {
  if (predictions.task === 'regression') {
    return Array.from(predictions.values, (value) => `{"prediction":${numberText(value)}}`);
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
