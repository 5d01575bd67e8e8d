import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MlopsError } from '../errors/mlops-error.ts';
import { MANIFEST, manifestSchema, sha256 } from './manifest.ts';

/** The files of a model directory, each checked against the manifest as it is read. */
export interface ModelFiles {
  readonly directory: string;
  /** Of the model, as the manifest says. */
  readonly modelDigest: string;
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** SHA-256 of a file, as the manifest says. @throws MODEL_INVALID */
  digestOf(path: string): string;
  /** @throws MODEL_INVALID when the file is missing or not as it was written */
  read(path: string): Promise<Buffer>;
  /** A JSON file. @throws MODEL_INVALID */
  parse<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
}

/** @throws MODEL_INVALID when the directory has no manifest */
export async function openModelFiles(directory: string): Promise<ModelFiles> {
  const whole = 'it is not a whole model of this toolkit';
  const bytes = await contentOf(directory, MANIFEST, `${directory} has no ${MANIFEST}: ${whole}`);
  const manifest = parseJson(directory, MANIFEST, manifestSchema, bytes);
  const digestOf = (path: string): string => {
    const digest = manifest.files[path];
    if (digest !== undefined) return digest;
    throw new MlopsError('MODEL_INVALID', `${directory}: ${MANIFEST} does not name ${path}`);
  };
  const read = async (path: string): Promise<Buffer> => {
    const expected = digestOf(path);
    const content = await contentOf(directory, path, `${directory} lacks ${path}, which ${MANIFEST} names`);
    const found = sha256(content);
    if (found === expected) return content;
    throw new MlopsError('MODEL_INVALID', `${directory}: ${path} has SHA-256 ${found}, ${MANIFEST} says ${expected}`);
  };
  return {
    directory,
    modelDigest: manifest.digest,
    paths: Object.keys(manifest.files),
    has: (path) => path in manifest.files,
    digestOf,
    read,
    parse: async (path, schema) => parseJson(directory, path, schema, await read(path)),
  };
}

async function contentOf(directory: string, path: string, absent: string): Promise<Buffer> {
  return readFile(join(directory, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new MlopsError('MODEL_INVALID', absent);
  });
}

function parseJson<S extends z.ZodType>(directory: string, path: string, schema: S, bytes: Buffer): z.output<S> {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new MlopsError('MODEL_INVALID', `${directory}: ${path} cannot be read: ${why}`, { cause: error });
  }
}
