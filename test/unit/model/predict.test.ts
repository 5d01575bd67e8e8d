import { expect, it } from 'vitest';
import { takeRows } from '../../../src/data/table.ts';
import { predictionsFromTable, predictionTable, predictRaw, takePredictions } from '../../../src/model/predict.ts';
import { tableFromJson, tableJson, tableToJson } from '../../../src/model/table-json.ts';
import { constantForest } from '../../tools/constant-forest.ts';
import { randomModel } from '../../tools/random-model.ts';

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

it.each(SEEDS)('predictions %i survive a table and JSON, and do not depend on the rows beside them', (seed) => {
  const { info, features, forest, rows } = randomModel(seed);
  const parts = { task: info.task, classes: info.classes, features, forest };
  const predictions = predictRaw(parts, rows);
  const json = tableJson.parse(JSON.parse(JSON.stringify(tableToJson(predictionTable(predictions)))));
  expect(predictionsFromTable(tableFromJson(json), info.task, info.classes)).toEqual(predictions);
  const some = Int32Array.of(7, 3, 3, 59);
  expect(predictRaw(parts, takeRows(rows, some))).toEqual(takePredictions(predictions, some));
});

it.each(SEEDS)('rows %i survive JSON', (seed) => {
  const { rows } = randomModel(seed);
  const json = tableJson.parse(JSON.parse(JSON.stringify(tableToJson(rows))));
  expect(tableToJson(tableFromJson(json))).toEqual(json);
  expect(tableFromJson(json).nRows).toBe(rows.nRows);
});

it('the first of equally probable classes is predicted', () => {
  const forest = constantForest('x', [0.2, 0.4, 0.4]);
  const features = {
    inputs: [{ name: 'x', type: 'double', required: true }],
    steps: [{ kind: 'keep', column: 'x', output: 'x' }],
    outputs: ['x'],
    dropped: [],
  } as const;
  const rows = {
    nRows: 1,
    columns: [{ kind: 'numeric', name: 'x', values: Float64Array.of(1), integer: true }],
  } as const;
  const classes = ['a', 'b', 'c'];
  expect(predictRaw({ task: 'classification', classes, features, forest }, rows)).toEqual({
    ...{ task: 'classification', classes, labels: Int32Array.of(1), probabilities: Float64Array.of(0.2, 0.4, 0.4) },
  });
});
