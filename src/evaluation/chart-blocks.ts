import type { Block, Cell } from '../reports/document.ts';
import { formatNumber, formatPercent } from '../reports/format.ts';
import type { Evaluation } from './evaluation.ts';

/** A confusion matrix is drawn up to this many classes; beyond, the table of classes says it. */
const MOST_HEATMAP = 25;

export function classBlocks(classification: NonNullable<Evaluation['classification']>): Block[] {
  const { classes, perClass, confusion, calibration, roc, precisionRecall } = classification;
  const blocks: Block[] = [
    {
      kind: 'table',
      columns: [
        { label: 'class' },
        { label: 'rows', align: 'right' },
        { label: 'precision', align: 'right' },
        { label: 'recall', align: 'right' },
        { label: 'f1', align: 'right' },
      ],
      rows: perClass.map((score): Cell[] => [
        score.class,
        formatNumber(score.support),
        formatNumber(score.precision),
        formatNumber(score.recall),
        formatNumber(score.f1),
      ]),
    },
  ];
  if (confusion && classes.length <= MOST_HEATMAP) {
    blocks.push({
      kind: 'chart',
      title: 'Confusion matrix',
      description: confusionInWords(classes, confusion),
      chart: {
        type: 'heatmap',
        x: { label: 'predicted', categories: classes },
        y: { label: 'actual', categories: classes },
        values: confusion,
      },
    });
  }
  if (calibration.length > 1) {
    const worst = calibration.reduce((a, b) =>
      Math.abs(b.observed - b.predicted) > Math.abs(a.observed - a.predicted) ? b : a,
    );
    blocks.push({
      kind: 'chart',
      title: 'Calibration',
      description: `Where the model says ${formatPercent(worst.predicted)}, ${formatPercent(worst.observed)} came true; nowhere is it further off.`,
      chart: {
        type: 'line',
        x: { label: 'probability given', scale: 'number' },
        y: { label: 'share that came true' },
        series: [
          { name: 'model', points: calibration.map((bin): [number, number] => [bin.predicted, bin.observed]) },
          {
            name: 'perfect',
            reference: true,
            points: [
              [0, 0],
              [1, 1],
            ],
          },
        ],
      },
    });
  }
  if (roc) {
    blocks.push({
      kind: 'chart',
      title: 'ROC curve',
      description: 'True positive rate over false positive rate at every threshold.',
      chart: {
        type: 'line',
        x: { label: 'false positive rate', scale: 'number' },
        y: { label: 'true positive rate' },
        series: [
          { name: 'model', points: roc },
          {
            name: 'chance',
            reference: true,
            points: [
              [0, 0],
              [1, 1],
            ],
          },
        ],
      },
    });
  }
  if (precisionRecall) {
    blocks.push({
      kind: 'chart',
      title: 'Precision and recall',
      description: 'Precision over recall at every threshold.',
      chart: {
        type: 'line',
        x: { label: 'recall', scale: 'number' },
        y: { label: 'precision' },
        series: [{ name: 'model', points: precisionRecall }],
      },
    });
  }
  return blocks;
}

function confusionInWords(classes: readonly string[], confusion: readonly (readonly number[])[]): string {
  let most = 0;
  let words = 'Every row has the right label.';
  for (const [t, row] of confusion.entries()) {
    for (const [p, count] of row.entries()) {
      if (t === p || count <= most) continue;
      most = count;
      words = `The most frequent mistake: ${classes[t]} taken for ${classes[p]}, ${formatNumber(count)} times.`;
    }
  }
  return words;
}

export function regressionBlocks({ regression, metrics }: Evaluation): Block[] {
  if (!regression) return [];
  const { scatter, residuals } = regression;
  const all = scatter.flat();
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const { edges, counts } = residuals;
  const middle = (i: number): string => formatNumber((edges[i]! + (edges[i + 1] ?? edges[i]!)) / 2);
  return [
    {
      kind: 'chart',
      title: 'Predicted against actual',
      description: `On the diagonal the model is right; the median distance from it is ${formatNumber(metrics.medae ?? Number.NaN)}.`,
      chart: {
        type: 'scatter',
        x: { label: 'actual', scale: 'number' },
        y: { label: 'predicted' },
        series: [
          { name: 'rows', points: scatter },
          {
            name: 'right',
            reference: true,
            points: [
              [low, low],
              [high, high],
            ],
          },
        ],
      },
    },
    {
      kind: 'chart',
      title: 'Residuals',
      description: `How often the actual value is how far above or below the predicted one; the largest distance is ${formatNumber(metrics.max_error ?? Number.NaN)}.`,
      chart: {
        type: 'bar',
        categories: counts.map((_, i) => middle(i)),
        value: { label: 'rows' },
        series: [{ name: 'actual − predicted', values: counts }],
      },
    },
  ];
}

export function overTimeBlocks({ overTime, comparison }: Evaluation): Block[] {
  if (!overTime) return [];
  const { challenger, other, metric } = overTime;
  const worst = challenger.reduce((a, b) => (b[1] > a[1] ? b : a));
  return [
    {
      kind: 'chart',
      title: `${metric} over time`,
      description: `Highest around ${new Date(worst[0]).toISOString().slice(0, 10)} with ${formatNumber(worst[1])}.`,
      chart: {
        type: 'line',
        x: { label: 'time', scale: 'time' },
        y: { label: metric },
        series: [
          { name: 'challenger', points: challenger },
          ...(other ? [{ name: comparison.against, points: other }] : []),
        ],
      },
    },
  ];
}
