/** Fits, times and scores the native forest on a case: node ours.ts CASE_FOLDER SEED TREES [MODEL.onnx] → JSON on standard output. */
import { type Column, type Table, takeRows } from '../../../src/data/table.ts';
import type { Target } from '../../../src/data/target.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { predictInThreads } from '../../../src/forest/predict-in-threads.ts';
import type { Predictions } from '../../../src/metrics/predictions.ts';
import { scoreAll } from '../../../src/metrics/score-all.ts';
import { readCase } from './cases.ts';
import { writeOnnx } from './write-onnx.ts';

const SINGLE_ROWS = 1000;

const [folder, seed, trees, onnx] = process.argv.slice(2);
const { file, features, target } = readCase(folder!);
const part = (from: number, to: number): { features: Table; target: Target } => ({
  features: { nRows: to - from, columns: features.columns.map((column) => cut(column, from, to)) },
  target:
    target.task === 'regression'
      ? { ...target, values: target.values.subarray(from, to) }
      : { ...target, codes: target.codes.subarray(from, to) },
});
const train = part(0, file.train);
const test = part(file.train, file.rows);
const params = { ...defaultParams(target.task), nEstimators: Number(trees), randomState: Number(seed) };

const before = process.memoryUsage.rss();
const begun = performance.now();
const forest = await fitForest(train, params, { nJobs: -1 });
const fit = (performance.now() - begun) / 1000;
const grown = process.resourceUsage().maxRSS * 1024 - before;

await predictInThreads(forest, test.features, { nJobs: -1 });
const predicting = performance.now();
const found = await predictInThreads(forest, test.features, { nJobs: -1 });
const predict = (performance.now() - predicting) / 1000;

const singles = Array.from({ length: SINGLE_ROWS }, (_, i) =>
  takeRows(test.features, Int32Array.of(i % test.features.nRows)),
);
for (const row of singles) predictForest(forest, row);
const single = performance.now();
for (const row of singles) predictForest(forest, row);
const one = (performance.now() - single) / 1000 / SINGLE_ROWS;

const all = scoreAll(test.target, predictions(found));
const scores = Object.fromEntries(
  Object.entries(all).filter(([name]) => ['r2', 'accuracy', 'roc_auc', 'roc_auc_ovr'].includes(name)),
);
const memory = { grown, binned: file.train * features.columns.length, model: bytesOf(forest) };
if (onnx !== undefined) writeOnnx(onnx, train.features, target, forest);
console.log(JSON.stringify({ fit, predict, one, scores, memory }));

function cut(column: Column, from: number, to: number): Column {
  return column.kind === 'categorical'
    ? { ...column, codes: column.codes.subarray(from, to) }
    : { ...column, values: column.values.subarray(from, to) };
}

function predictions(values: Float64Array): Predictions {
  if (target.task === 'regression') return { task: target.task, values };
  const { classes } = target;
  const labels = Int32Array.from({ length: values.length / classes.length }, (_, row) => {
    const shares = values.subarray(row * classes.length, (row + 1) * classes.length);
    return shares.indexOf(Math.max(...shares));
  });
  return { task: target.task, classes, labels, probabilities: values };
}

function bytesOf(forest: Forest): number {
  return Object.values(forest).reduce((sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0), 0);
}
