import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inSharedMemory } from '../../../src/batch/worker-pool.ts';
import { takeRows } from '../../../src/data/table.ts';
import { validateStaged } from '../../../src/deployment/validate-staged.ts';
import { leafResponses } from '../../../src/forest/quantile-forest.ts';
import { type Calibration, calibrate } from '../../../src/metrics/calibration.ts';
import { loadModel } from '../../../src/model/load-model.ts';
import { predictionsFromTable, predictionTable, predictRaw, takePredictions } from '../../../src/model/predict.ts';
import { tableToJson } from '../../../src/model/table-json.ts';
import { type ModelParts, writeModel } from '../../../src/model/write-model.ts';
import { randomModel } from '../../tools/random-model.ts';
import { grow, mixedSet } from '../forest/small-sets.ts';

const ROWS = Int32Array.of(0, 3, 7, 20);

/** A regressor with intervals. */
async function withIntervals(): Promise<ModelParts & { readonly rows: ModelParts['example'] }> {
  const set = mixedSet(200, 'regression');
  const forest = await grow(set, { nEstimators: 10, bootstrap: true, minSamplesLeaf: 3 });
  const responses = leafResponses(forest, set.features, (set.target as { values: Float64Array }).values);
  const { columns } = set.features;
  return {
    info: regressorInfo(),
    features: {
      inputs: columns.map(({ name, kind }) => ({
        name,
        type: kind === 'numeric' ? 'double' : 'string',
        required: false,
      })),
      steps: columns.map(({ name }) => ({ kind: 'keep', column: name, output: name })),
      outputs: columns.map(({ name }) => name),
      dropped: [],
    },
    forest,
    intervals: { levels: [0.1, 0.9], responses },
    example: takeRows(set.features, ROWS),
    files: {},
    rows: set.features,
  };
}

function regressorInfo(): ModelParts['info'] {
  for (let seed = 0; ; seed++) {
    const { info } = randomModel(seed);
    if (info.task === 'regression') return info;
  }
}

/** A classifier of some classes with calibrated probabilities. */
function withCalibration(slope: number): ModelParts & { readonly rows: ModelParts['example'] } {
  for (let seed = 0; ; seed++) {
    const { info, features, forest, rows } = randomModel(seed);
    if (info.classes.length < 3) continue;
    const sigmoids = info.classes.map((_, k) => ({ slope: slope - k, intercept: 0.5 }));
    const calibration: Calibration = { method: 'sigmoid', sigmoids };
    return { info, features, forest, calibration, example: takeRows(rows, ROWS), files: {}, rows };
  }
}

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'refined-model-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const signatureOutputs = async (): Promise<unknown> => {
  const { signature } = parse(await readFile(join(directory, 'MLmodel'), 'utf8')) as { signature: { outputs: string } };
  return (JSON.parse(signature.outputs) as { name: string }[]).map(({ name }) => name);
};

describe('a model with prediction intervals', () => {
  it('answers bounds beside each number, which golden rows prove, and promises MLflow the number alone', async () => {
    const parts = await withIntervals();
    const { info, features, forest, intervals } = parts;
    await writeModel(directory, parts);
    const model = await loadModel(directory, { everyFile: true });
    const predicted = model.predict(parts.rows);
    expect(predicted).toEqual(
      predictRaw({ task: info.task, classes: info.classes, features, forest, intervals }, parts.rows),
    );
    const { columns } = predictionTable(predicted);
    expect(columns.map(({ name }) => name)).toEqual(['prediction', 'prediction_lower', 'prediction_upper']);
    const [numbers, lower, upper] = columns.map((column) => (column as { values: Float64Array }).values);
    expect(numbers!.every((_, row) => lower![row]! <= upper![row]!)).toBe(true);
    expect(model.golden.output).toEqual(predictionTable(takePredictions(predicted, ROWS)));
    expect(predictionsFromTable(predictionTable(predicted), 'regression', [])).toEqual(predicted);
    expect(await validateStaged(directory)).toEqual([]);
    expect(await signatureOutputs()).toEqual(['prediction']);
    expect(await readFile(join(directory, 'README.md'), 'utf8')).toContain(
      '| Bounds | `prediction_lower` and `prediction_upper`: quantiles 0.1 and 0.9 of a quantile forest |',
    );
  });

  it('predicts the same in memory that threads share', async () => {
    const { info, features, forest, intervals, rows } = await withIntervals();
    const parts = { task: info.task, classes: info.classes, features, forest, intervals };
    const shared = inSharedMemory(parts);
    expect(shared.intervals!.responses.codes.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(predictRaw(shared, rows)).toEqual(predictRaw(parts, rows));
  });

  it('is another model than one without, and refused when the responses are altered or missing', async () => {
    const parts = await withIntervals();
    await writeModel(directory, { ...parts, intervals: undefined });
    const without = await loadModel(directory);
    expect(readdirSync(join(directory, 'native')).sort()).toEqual(['forest.bin', 'golden.json', 'model.json']);
    expect(without.predict(parts.rows)).toEqual({ task: 'regression', values: expect.any(Float64Array) });
    await writeModel(directory, parts);
    const { digest } = await loadModel(directory);
    expect(digest).not.toBe(without.digest);
    const levels = { ...parts.intervals!, levels: [0.2, 0.9] as const };
    await writeModel(directory, { ...parts, intervals: levels });
    expect((await loadModel(directory)).digest).not.toBe(digest);
    const path = join(directory, 'native/leaf-responses.bin');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 8));
    await expect(loadModel(directory)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('native/leaf-responses.bin has SHA-256'),
    });
    await rm(path);
    await expect(loadModel(directory)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});

describe('a model with calibrated probabilities', () => {
  it('predicts the class that is most probable after calibration', async () => {
    const parts = withCalibration(-4);
    const { info, features, forest, calibration } = parts;
    await writeModel(directory, parts);
    const model = await loadModel(directory);
    const raw = { task: info.task, classes: info.classes, features, forest };
    const before = predictRaw(raw, parts.rows) as { probabilities: Float64Array };
    const after = model.predict(parts.rows) as { probabilities: Float64Array; labels: Int32Array };
    const width = info.classes.length;
    expect(after.probabilities).toEqual(calibrate(calibration!, before.probabilities, width));
    expect([...after.labels]).toEqual(
      Array.from(after.labels, (_, row) => {
        const ofRow = [...after.probabilities.subarray(row * width, (row + 1) * width)];
        return ofRow.indexOf(Math.max(...ofRow));
      }),
    );
    expect(tableToJson(model.golden.output)).toEqual(
      tableToJson(predictionTable(takePredictions(model.predict(parts.rows), ROWS))),
    );
    expect(await readFile(join(directory, 'README.md'), 'utf8')).toContain(
      '| Probabilities | calibrated on out-of-bag predictions, method `sigmoid` |',
    );
  });

  it('has a digest of its own for each calibration', async () => {
    const digests: string[] = [];
    for (const parts of [withCalibration(-4), withCalibration(-4), withCalibration(-5)]) {
      await writeModel(directory, parts);
      digests.push((await loadModel(directory)).digest);
    }
    await writeModel(directory, { ...withCalibration(-4), calibration: undefined });
    digests.push((await loadModel(directory)).digest);
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });
});
