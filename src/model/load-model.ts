import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { FittedFeatures, RawColumn } from '../features/fitted-features.ts';
import { decodeForest } from '../forest/codec.ts';
import type { Forest } from '../forest/forest.ts';
import type { Predictions } from '../metrics/predictions.ts';
import { MANIFEST, type Manifest, manifestSchema, modelDigest, sha256 } from './manifest.ts';
import { type ModelInfo, modelFile } from './model-info.ts';
import { predictRaw } from './predict.ts';
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
  /** @throws COLUMN_NOT_FOUND with every column that is missing */
  predict(table: Table): Predictions;
  /** The text of another file of the directory, verified; undefined: the model has none of that name. */
  file(path: string): Promise<string | undefined>;
  /** Raw rows and what was predicted for them at training time. */
  readonly golden: { readonly input: Table; readonly output: Table };
}

const goldenFile = z.strictObject({ input: tableJson, output: tableJson });

/** @throws MODEL_INVALID when a file is missing or not as it was written */
export async function loadModel(directory: string): Promise<Model> {
  const manifest = await readManifest(directory);
  const read = (path: string): Promise<Buffer> => verified(directory, manifest, path);
  const [modelBytes, forestBytes, goldenBytes] = await Promise.all(
    ['native/model.json', 'native/forest.bin', 'native/golden.json'].map(read),
  );
  const { info, features } = parsed(directory, 'native/model.json', modelFile, modelBytes!);
  const golden = parsed(directory, 'native/golden.json', goldenFile, goldenBytes!);
  const forest = forestOf(directory, forestBytes!);
  const digest = modelDigest({ features, classes: info.classes, forest: manifest.files['native/forest.bin']! });
  if (digest !== manifest.digest) {
    throw new MlopsError(
      'MODEL_INVALID',
      `${directory}: the files have digest ${digest}, ${MANIFEST} says ${manifest.digest}`,
    );
  }
  return {
    directory,
    digest,
    info,
    inputs: features.inputs,
    features,
    forest,
    predict: (table) => predictRaw({ task: info.task, classes: info.classes, features, forest }, table),
    file: async (path) => (path in manifest.files ? (await read(path)).toString('utf8') : undefined),
    golden: { input: tableFromJson(golden.input), output: tableFromJson(golden.output) },
  };
}

async function readManifest(directory: string): Promise<Manifest> {
  const bytes = await readFile(join(directory, MANIFEST)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new MlopsError('MODEL_INVALID', `${directory} has no ${MANIFEST}: it is not a whole model of this toolkit`);
  });
  return parsed(directory, MANIFEST, manifestSchema, bytes);
}

async function verified(directory: string, manifest: Manifest, path: string): Promise<Buffer> {
  const expected = manifest.files[path];
  if (expected === undefined) throw new MlopsError('MODEL_INVALID', `${directory}: ${MANIFEST} does not name ${path}`);
  const bytes = await readFile(join(directory, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new MlopsError('MODEL_INVALID', `${directory} lacks ${path}, which ${MANIFEST} names`);
  });
  const found = sha256(bytes);
  if (found !== expected) {
    throw new MlopsError('MODEL_INVALID', `${directory}: ${path} has SHA-256 ${found}, ${MANIFEST} says ${expected}`);
  }
  return bytes;
}

function parsed<S extends z.ZodType>(directory: string, path: string, schema: S, bytes: Buffer): z.output<S> {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new MlopsError('MODEL_INVALID', `${directory}: ${path} cannot be read: ${why}`, { cause: error });
  }
}

function forestOf(directory: string, bytes: Buffer): Forest {
  try {
    return decodeForest(bytes);
  } catch (error) {
    throw new MlopsError('MODEL_INVALID', `${directory}: native/forest.bin ${(error as Error).message}`, {
      cause: error,
    });
  }
}
