import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inParallel } from './in-parallel.ts';

/** The file that makes a folder a model. */
const MODEL_FILE = 'MLmodel';
export const TRANSFERS_AT_ONCE = 8;

export interface LocalFile {
  readonly local: string;
  /** Where it goes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** The file itself, or the files below a folder, links followed. */
export async function filesBelow(local: string, path: string): Promise<LocalFile[]> {
  const found = await stat(local);
  if (!found.isDirectory()) return [{ local, path, size: found.size }];
  const names = (await readdir(local)).sort();
  const files = await Promise.all(names.map((name) => filesBelow(join(local, name), joined(path, name))));
  return files.flat();
}

/**
 * Sends files, some at a time, and those of `oneByOne` after one another, as they are sent in parts beside one another.
 * `MLmodel` comes when all others are there, so that what was interrupted is not taken for a model.
 */
export async function sendFiles(
  files: readonly LocalFile[],
  send: (file: LocalFile) => Promise<void>,
  oneByOne: (file: LocalFile) => boolean = () => false,
): Promise<void> {
  const isModelFile = ({ path }: LocalFile): boolean => path === MODEL_FILE || path.endsWith(`/${MODEL_FILE}`);
  const others = files.filter((file) => !isModelFile(file));
  await inParallel(
    others.filter((file) => !oneByOne(file)),
    TRANSFERS_AT_ONCE,
    send,
  );
  await inParallel(others.filter(oneByOne), 1, send);
  await inParallel(files.filter(isModelFile), TRANSFERS_AT_ONCE, send);
}

export function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '').join('/');
}
