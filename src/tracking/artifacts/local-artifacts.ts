import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { MlopsError } from '../../errors/mlops-error.ts';
import { listSome } from '../../errors/suggest.ts';
import type { ArtifactStore } from '../tracking-store.ts';
import { artifactPath } from './artifact-path.ts';

/** Artifacts in a folder of this machine. */
export class LocalArtifacts implements ArtifactStore {
  readonly location: string;
  readonly #root: string;

  constructor(location: string, root: string) {
    this.location = location;
    this.#root = root;
  }

  async upload(localPath: string, path: string): Promise<void> {
    const target = join(this.#root, artifactPath(path));
    await mkdir(dirname(target), { recursive: true });
    // Beside the target, so that the last step is a rename on the same file system.
    const temporary = join(dirname(target), `.upload-${randomUUID()}`);
    try {
      await cp(localPath, temporary, { recursive: true, dereference: true, errorOnExist: true });
      await moveInto(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async list(path: string): Promise<{ path: string; size: number }[]> {
    const start = join(this.#root, artifactPath(path));
    const files = (await filesBelow(start)).filter((file) => !file.includes(`${sep}.upload-`));
    const found = await Promise.all(
      files.map(async (file) => ({
        path: relative(this.#root, file).split(sep).join('/'),
        size: (await stat(file)).size,
      })),
    );
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async fetch(path: string, _into: string): Promise<string> {
    const wanted = artifactPath(path);
    const target = join(this.#root, wanted);
    if (!(await stat(target).catch(() => undefined))) {
      const there = (await this.list('')).map((file) => file.path);
      throw new MlopsError(
        'ARTIFACT_NOT_FOUND',
        `there is no artifact "${wanted}" in ${this.location}. There: ${listSome(there) || 'nothing'}`,
      );
    }
    return target;
  }
}

/** A new folder or file in one rename; into a folder that is there already file by file, each in one rename. */
async function moveInto(temporary: string, target: string): Promise<void> {
  const there = await stat(target).catch(() => undefined);
  if (!there?.isDirectory() || !(await stat(temporary)).isDirectory()) {
    if (there?.isDirectory())
      throw new MlopsError('ARTIFACT_PATH_INVALID', `${target} is a folder and cannot be replaced by a file`);
    await rename(temporary, target);
    return;
  }
  for (const file of await filesBelow(temporary)) {
    const place = join(target, relative(temporary, file));
    await mkdir(dirname(place), { recursive: true });
    await rename(file, place);
  }
}

/** Absolute paths of the files at or below `path`; none when it does not exist. */
async function filesBelow(path: string): Promise<string[]> {
  const there = await stat(path).catch(() => undefined);
  if (!there) return [];
  if (!there.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
