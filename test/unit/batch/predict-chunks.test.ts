import { expect, test } from 'vitest';
import { predictChunks } from '../../../src/batch/predict-chunks.ts';
import { type Table, takeRows } from '../../../src/data/table.ts';
import type { RawColumn } from '../../../src/features/fitted-features.ts';
import { type PredictingParts, predictRaw } from '../../../src/model/predict.ts';
import { randomForest } from '../forest/random-forest.ts';

// So many rows and trees that threads are started.
const { forest, table } = randomForest(11, { nRows: 30_000, nTrees: 150, outputs: 2 });
const names = forest.features.map(({ name }) => name);
const model: PredictingParts = {
  task: 'classification',
  classes: ['no', 'yes'],
  features: {
    inputs: forest.features.map(({ name, kind }): RawColumn => {
      return { name, type: kind === 'numeric' ? 'double' : 'string', required: false };
    }),
    steps: names.map((name) => ({ kind: 'keep', column: name, output: name })),
    outputs: names,
    dropped: [],
  },
  forest,
};

test.each([1, 3])('chunks come in the order of the rows, with the same predictions from %i threads', async (nJobs) => {
  const starts: number[] = [];
  let from = 0;
  for await (const { rows, predictions } of predictChunks(model, table, 8192, { nJobs })) {
    const picked = Int32Array.from({ length: rows.nRows }, (_, i) => from + i);
    const alone = takeRows(table, picked);
    expect(rows).toEqual(alone);
    expect(predictions).toEqual(predictRaw(model, alone));
    starts.push(from);
    from += rows.nRows;
  }
  expect(starts).toEqual([0, 8192, 16_384, 24_576]);
  expect(from).toBe(30_000);
});

test('a table without rows is one chunk without rows', async () => {
  const empty: Table = takeRows(table, new Int32Array(0));
  const chunks = [];
  for await (const { rows, predictions } of predictChunks(model, empty, 8192, { nJobs: 2 }))
    chunks.push({ rows, predictions });
  expect(chunks).toEqual([{ rows: empty, predictions: predictRaw(model, empty) }]);
});
