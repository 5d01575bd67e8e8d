import { z } from 'zod';
import type { Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { FittedFeatures, RawColumn } from '../features/fitted-features.ts';
import { decodeForest } from '../forest/codec.ts';
import type { Forest } from '../forest/forest.ts';
import { decodeLeafResponses } from '../forest/leaf-file.ts';
import type { Calibration } from '../metrics/calibration.ts';
import type { Predictions } from '../metrics/predictions.ts';
import { LEAF_FILE, MANIFEST, modelDigest } from './manifest.ts';
import { type ModelFiles, openModelFiles } from './model-files.ts';
import { type ModelFile, type ModelInfo, modelFile } from './model-info.ts';
import { type IntervalParts, predictRaw } from './predict.ts';
import { tableFromJson, tableJson } from './table-json.ts';

/** A model in memory, its files verified. */
export interface Model {
  readonly directory: string;
  /** SHA-256 that the same data, settings and seed give again. */
  readonly digest: string;
  readonly info: ModelInfo;
  readonly inputs: readonly RawColumn[];
  readonly features: FittedFeatures;
  readonly forest: Forest;
  readonly calibration: Calibration | undefined;
  readonly intervals: IntervalParts | undefined;
  /** @throws COLUMN_NOT_FOUND with every column that is missing */
  predict(table: Table): Predictions;
  /** The text of another file of the directory, verified; undefined: the model has none of that name. */
  file(path: string): Promise<string | undefined>;
  /** Raw rows and what was predicted for them at training time. */
  readonly golden: { readonly input: Table; readonly output: Table };
}

const INFO_FILE = 'native/model.json';
const GOLDEN_FILE = 'native/golden.json';
const FOREST_FILE = 'native/forest.bin';
const NATIVE_FILES = [INFO_FILE, GOLDEN_FILE, FOREST_FILE, LEAF_FILE];

const goldenFile = z.strictObject({ input: tableJson, output: tableJson });

/**
 * @param options.everyFile also check the files that are not needed here: those of the other flavors
 * @throws MODEL_INVALID when a file is missing or not as it was written
 */
export async function loadModel(directory: string, options: { everyFile?: boolean } = {}): Promise<Model> {
  const files = await openModelFiles(directory);
  if (options.everyFile) await readAll(files, NATIVE_FILES);
  const [stored, golden, forestBytes] = await Promise.all([
    files.parse(INFO_FILE, modelFile),
    files.parse(GOLDEN_FILE, goldenFile),
    files.read(FOREST_FILE),
  ]);
  const { info, features, calibration } = stored;
  const digest = requireDigest(files, stored);
  const forest = decoded(directory, FOREST_FILE, () => decodeForest(forestBytes));
  const intervals = await intervalsOf(files, stored, forest);
  const parts = { task: info.task, classes: info.classes, features, forest, calibration, intervals };
  return {
    directory,
    digest,
    info,
    inputs: features.inputs,
    features,
    forest,
    calibration,
    intervals,
    predict: (table) => predictRaw(parts, table),
    file: async (path) => (files.has(path) ? (await files.read(path)).toString('utf8') : undefined),
    golden: { input: tableFromJson(golden.input), output: tableFromJson(golden.output) },
  };
}

/**
 * Checks every file of a model directory against its manifest, without making a model of them.
 *
 * @returns the digest of the model
 * @throws MODEL_INVALID when a file is missing or not as it was written
 */
export async function verifyModel(directory: string): Promise<string> {
  const files = await openModelFiles(directory);
  const digest = requireDigest(files, await files.parse(INFO_FILE, modelFile));
  await readAll(files, []);
  return digest;
}

/** One after the other: the largest files of a model need not be in memory together. */
async function readAll(files: ModelFiles, except: readonly string[]): Promise<void> {
  for (const path of files.paths) if (!except.includes(path)) await files.read(path);
}

function requireDigest(files: ModelFiles, { info, features, calibration, intervals }: ModelFile): string {
  const digest = modelDigest({
    features,
    classes: info.classes,
    forest: files.digestOf(FOREST_FILE),
    calibration,
    intervals: intervals && { ...intervals, responses: files.digestOf(LEAF_FILE) },
  });
  if (digest === files.modelDigest) return digest;
  throw new MlopsError(
    'MODEL_INVALID',
    `${files.directory}: the files have digest ${digest}, ${MANIFEST} says ${files.modelDigest}`,
  );
}

async function intervalsOf(
  files: ModelFiles,
  { intervals }: ModelFile,
  forest: Forest,
): Promise<IntervalParts | undefined> {
  if (!intervals) return undefined;
  const bytes = await files.read(LEAF_FILE);
  const responses = decoded(files.directory, LEAF_FILE, () => decodeLeafResponses(bytes, forest));
  return { ...intervals, responses };
}

function decoded<T>(directory: string, path: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new MlopsError('MODEL_INVALID', `${directory}: ${path} ${(error as Error).message}`, { cause: error });
  }
}
