import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Column, cellValue, type Table } from '../data/table.ts';
import type { FittedFeatures } from '../features/fitted-features.ts';
import { encodeForest } from '../forest/codec.ts';
import type { Forest } from '../forest/forest.ts';
import { encodeLeafResponses } from '../forest/leaf-file.ts';
import type { Calibration } from '../metrics/calibration.ts';
import { conformTable } from './conform.ts';
import { LEAF_FILE, MANIFEST, type Manifest, modelDigest, sha256 } from './manifest.ts';
import { mlmodelText } from './mlmodel.ts';
import { modelCard } from './model-card.ts';
import type { ModelInfo } from './model-info.ts';
import { onnxModel } from './onnx/onnx-model.ts';
import { type IntervalParts, predictionTable, predictRaw } from './predict.ts';
import { ENVIRONMENT_FILES } from './python-environment.ts';
import { LOADER_MODULE, LOADER_SOURCE } from './python-loader.ts';
import { tableToJson } from './table-json.ts';

export interface ModelParts {
  readonly info: ModelInfo;
  readonly features: FittedFeatures;
  readonly forest: Forest;
  readonly calibration?: Calibration | undefined;
  readonly intervals?: IntervalParts | undefined;
  /** Neither ONNX nor python_function: what ONNX cannot say may be in the features. */
  readonly nativeOnly?: boolean;
  /** A few raw rows: the input example, and with their predictions the golden rows that every deployment is proven by. */
  readonly example: Table;
  /** Further files by path. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Writes an MLflow model directory; `manifest.json` comes last, so that a directory without it is not whole. */
export async function writeModel(directory: string, parts: ModelParts): Promise<void> {
  const { info, features, forest, calibration, intervals, nativeOnly = false } = parts;
  const example = conformTable(parts.example, features.inputs);
  const predicting = { task: info.task, classes: info.classes, features, forest, calibration, intervals };
  const answers = predictionTable(predictRaw(predicting, example));
  const forestBytes = encodeForest(forest);
  const split = splitOriented(example);
  const files: Record<string, string | Uint8Array> = {
    MLmodel: mlmodelText(info, features, nativeOnly),
    'README.md': modelCard(info, predicting, nativeOnly),
    ...(nativeOnly ? {} : onnxFiles(parts)),
    'native/forest.bin': forestBytes,
    ...(intervals ? { [LEAF_FILE]: encodeLeafResponses(intervals.responses) } : {}),
    'native/model.json': json({
      schema: 1,
      info,
      features,
      ...(calibration ? { calibration } : {}),
      ...(intervals ? { intervals: { levels: intervals.levels } } : {}),
    }),
    'native/golden.json': json({ input: tableToJson(example), output: tableToJson(answers) }),
    'input_example.json': json(split),
    'serving_input_example.json': json({ dataframe_split: split }),
    ...parts.files,
  };
  const digests: Record<string, string> = {};
  for (const [path, content] of Object.entries(files)) {
    digests[path] = sha256(content);
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const digest = modelDigest({
    features,
    classes: info.classes,
    forest: digests['native/forest.bin']!,
    calibration,
    intervals: intervals && { levels: intervals.levels, responses: digests[LEAF_FILE]! },
  });
  await writeFile(join(directory, MANIFEST), json({ schema: 1, digest, files: digests } satisfies Manifest));
}

/** Of the flavors for ONNX Runtime and MLflow's python_function. */
function onnxFiles(parts: ModelParts): Record<string, string | Uint8Array> {
  return { 'model.onnx': onnxModel(parts), [`code/${LOADER_MODULE}.py`]: LOADER_SOURCE, ...ENVIRONMENT_FILES };
}

/** pandas' `split` orientation, which MLflow reads. MLflow refuses instants with a zone; without one they are UTC. */
function splitOriented(table: Table) {
  const cell = (column: Column, row: number) => {
    const value = cellValue(column, row);
    return column.kind === 'datetime' && value !== null ? String(value).replace(/(\.000)?Z$/, '') : value;
  };
  const rows = Array.from({ length: table.nRows }, (_, row) => table.columns.map((column) => cell(column, row)));
  return { columns: table.columns.map((column) => column.name), data: rows };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
