import { readdirSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Table, takeRows } from '../../../src/data/table.ts';
import { loadModel, verifyModel } from '../../../src/model/load-model.ts';
import { predictionTable } from '../../../src/model/predict.ts';
import { tableToJson } from '../../../src/model/table-json.ts';
import { type ModelParts, writeModel } from '../../../src/model/write-model.ts';
import { constantForest } from '../../tools/constant-forest.ts';
import { randomModel } from '../../tools/random-model.ts';

const FILES = [
  'MLmodel',
  'README.md',
  'code/mlops_forest.py',
  'conda.yaml',
  'input_example.json',
  'manifest.json',
  'model.onnx',
  'native/forest.bin',
  'native/golden.json',
  'native/model.json',
  'profile.json',
  'python_env.yaml',
  'requirements.txt',
  'serving_input_example.json',
];

/** The first random model that satisfies a condition. */
function findModel(wanted: (model: ReturnType<typeof randomModel>) => boolean) {
  for (let seed = 0; ; seed++) {
    const model = randomModel(seed);
    if (wanted(model)) return model;
  }
}

const classifier = findModel(({ info, features }) => info.classes.length > 2 && features.inputs.length > 3);
const regressor = findModel(({ info }) => info.task === 'regression');

const partsOf = ({ info, features, forest, rows }: ReturnType<typeof randomModel>): ModelParts => ({
  ...{ info, features, forest },
  example: takeRows(rows, Int32Array.of(0, 1, 2)),
  files: { 'profile.json': '{}' },
});

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'write-model-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const list = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const json = async (path: string): Promise<unknown> => JSON.parse(await readFile(join(directory, path), 'utf8'));

describe('a model directory', () => {
  it('has all flavors, and a manifest of every other file', async () => {
    await writeModel(directory, partsOf(classifier));
    expect(list(directory)).toEqual(FILES);
    const { files } = (await json('manifest.json')) as { files: object };
    expect(Object.keys(files).sort()).toEqual(FILES.filter((path) => path !== 'manifest.json'));
    const { flavors } = parse(await readFile(join(directory, 'MLmodel'), 'utf8')) as { flavors: object };
    expect(Object.keys(flavors)).toEqual(['python_function', 'onnx', 'mlops']);
  });

  it('gives back what was written, with the same predictions', async () => {
    for (const model of [classifier, regressor]) {
      await writeModel(directory, partsOf(model));
      const { info, features, forest, golden, predict, file } = await loadModel(directory);
      expect({ info, features, forest }).toEqual({ info: model.info, features: model.features, forest: model.forest });
      expect(tableToJson(golden.output)).toEqual(tableToJson(predictionTable(predict(golden.input))));
      expect(await file('profile.json')).toBe('{}');
      expect(await file('absent.json')).toBeUndefined();
    }
  });

  it('is the same bytes for the same model, and the same digest whenever and by whichever run it was trained', async () => {
    const parts = partsOf(classifier);
    const write = async (name: string, info: ModelParts['info']) => {
      await writeModel(join(directory, name), { ...parts, info });
      const manifest = (await json(`${name}/manifest.json`)) as { digest: string; files: Record<string, string> };
      return manifest;
    };
    const first = await write('first', parts.info);
    expect(await write('again', parts.info)).toEqual(first);
    const later = await write('later', {
      ...parts.info,
      createdAt: 5e11,
      runId: 'f'.repeat(32),
      modelId: `m-${'f'.repeat(32)}`,
    });
    expect(later.digest).toBe(first.digest);
    const changed = Object.keys(first.files).filter((path) => first.files[path] !== later.files[path]);
    expect(changed.sort()).toEqual(['MLmodel', 'README.md', 'native/model.json']);
  });

  it('names columns, types and outputs in the signature as MLflow does', async () => {
    await writeModel(directory, partsOf(classifier));
    const { signature } = parse(await readFile(join(directory, 'MLmodel'), 'utf8')) as {
      signature: { inputs: string; outputs: string };
    };
    expect(JSON.parse(signature.inputs)).toEqual(
      classifier.features.inputs.map(({ name, type, required }) => ({ type, name, required })),
    );
    expect(JSON.parse(signature.outputs)).toEqual([
      { type: 'string', name: 'prediction', required: true },
      ...classifier.info.classes.map((label) => ({ type: 'double', name: `probability_${label}`, required: true })),
    ]);
  });

  it('shows instants in its examples without a zone, which MLflow would refuse', async () => {
    const times = Float64Array.of(Date.UTC(2024, 1, 29, 23, 59, 59), Date.UTC(1969, 11, 31) + 1, Number.NaN);
    const example: Table = { nRows: 3, columns: [{ kind: 'datetime', name: 'sold at', values: times }] };
    const features = {
      inputs: [{ name: 'sold at', type: 'datetime', required: false }],
      steps: [{ kind: 'datetime-part', column: 'sold at', part: 'month', output: 'sold at.month' }],
      outputs: ['sold at.month'],
      dropped: [],
    } as const;
    const forest = constantForest('sold at.month', [7]);
    await writeModel(directory, { info: regressor.info, features, forest, example, files: {} });
    const split = { columns: ['sold at'], data: [['2024-02-29T23:59:59'], ['1969-12-31T00:00:00.001'], [null]] };
    expect(await json('input_example.json')).toEqual(split);
    expect(await json('serving_input_example.json')).toEqual({ dataframe_split: split });
  });

  it('has a card that says what it is, how good, and of which data', async () => {
    await writeModel(directory, partsOf({ ...regressor, info: { ...regressor.info, target: 'a `b` | c' } }));
    const card = await readFile(join(directory, 'README.md'), 'utf8');
    expect(card).toContain('# random\n');
    expect(card).toContain('predicts `` a `b` | c `` (regression)');
    expect(card).toContain('| r2 | 0.5 |');
    expect(card).toContain(`| Data | \`data.csv\`, digest \`${'0'.repeat(64)}\` |`);
  });

  it.each(['native/forest.bin', 'native/model.json', 'native/golden.json'])(
    'with a changed %s is refused',
    async (path) => {
      await writeModel(directory, partsOf(classifier));
      await appendFile(join(directory, path), ' ');
      await expect(loadModel(directory)).rejects.toMatchObject({
        code: 'MODEL_INVALID',
        message: expect.stringMatching(`${path} has SHA-256 [0-9a-f]{64}, manifest.json says [0-9a-f]{64}`),
      });
    },
  );

  it('is verified file by file without being loaded, those of other flavors too', async () => {
    await writeModel(directory, partsOf(classifier));
    expect(await verifyModel(directory)).toBe((await loadModel(directory)).digest);
    for (const path of ['model.onnx', 'MLmodel', 'code/mlops_forest.py']) {
      const whole = await readFile(join(directory, path));
      await appendFile(join(directory, path), ' ');
      await expect(verifyModel(directory)).rejects.toMatchObject({
        code: 'MODEL_INVALID',
        message: expect.stringContaining(`${path} has SHA-256 `),
      });
      await writeFile(join(directory, path), whole);
    }
  });

  it('without a file or the manifest is refused', async () => {
    await writeModel(directory, partsOf(classifier));
    await unlink(join(directory, 'native/golden.json'));
    await expect(loadModel(directory)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('lacks native/golden.json, which manifest.json names'),
    });
    await unlink(join(directory, 'manifest.json'));
    await expect(loadModel(directory)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('has no manifest.json'),
    });
    await writeFile(join(directory, 'manifest.json'), '{"schema": 2}');
    await expect(loadModel(directory)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});
