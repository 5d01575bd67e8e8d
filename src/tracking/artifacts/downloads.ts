import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MlopsError } from '../../errors/mlops-error.ts';
import { listSome } from '../../errors/suggest.ts';
import { inParallel } from './in-parallel.ts';
import { filesBelow, TRANSFERS_AT_ONCE } from './local-files.ts';

interface StoredFile {
  /** Below the location. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Files below a location that are elsewhere. */
export interface RemoteFiles {
  readonly location: string;
  /** The file of that path, or all below a folder. */
  list(path: string): Promise<StoredFile[]>;
  /** Writes one file to a place that is free, in a folder that is there. */
  bring(file: StoredFile, place: string): Promise<void>;
  /** Files that are brought after one another, as their parts come beside one another. */
  oneByOne?(file: StoredFile): boolean;
}

/** What one store brings to this machine: what is there has come whole, and readers at the same time share one download. */
export class Downloads {
  readonly #underWay = new Map<string, Promise<void>>();
  /** Made here, so that a later download may take their place as a whole. */
  readonly #made = new Set<string>();

  /**
   * The file or folder at `path`, in its normal form, below the folder `into`.
   *
   * @throws ARTIFACT_NOT_FOUND · STORE_UNREACHABLE when a file is not as long as it is listed
   */
  async fetch(files: RemoteFiles, path: string, into: string): Promise<string> {
    const target = resolve(into, path);
    const underWay = this.#underWay.get(target) ?? this.#download(files, path, target);
    this.#underWay.set(target, underWay);
    try {
      await underWay;
    } finally {
      this.#underWay.delete(target);
    }
    return target;
  }

  async #download(remote: RemoteFiles, wanted: string, target: string): Promise<void> {
    const files = await remote.list(wanted);
    if (files.length === 0) {
      const there = (await remote.list('')).map((file) => file.path);
      throw new MlopsError(
        'ARTIFACT_NOT_FOUND',
        `there is no artifact "${wanted}" in ${remote.location}. There: ${listSome(there) || 'nothing'}`,
      );
    }
    await mkdir(dirname(target), { recursive: true });
    const temporary = `${target}.part-${randomUUID()}`;
    const bring = async (file: StoredFile): Promise<void> => {
      const place = join(temporary, file.path.slice(wanted.length));
      await mkdir(dirname(place), { recursive: true });
      await remote.bring(file, place);
      const { size } = await stat(place);
      if (size === file.size) return;
      throw new MlopsError(
        'STORE_UNREACHABLE',
        `"${file.path}" of ${remote.location} came with ${size} bytes, but the server lists ${file.size}: it changed in the meantime or was cut off`,
      );
    };
    const oneByOne = (file: StoredFile): boolean => remote.oneByOne?.(file) ?? false;
    try {
      await inParallel(
        files.filter((file) => !oneByOne(file)),
        TRANSFERS_AT_ONCE,
        bring,
      );
      await inParallel(files.filter(oneByOne), 1, bring);
      await this.#place(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** Gives a whole download its name; what was in the folder before and is not ours stays there. */
  async #place(temporary: string, target: string): Promise<void> {
    const there = await stat(target).catch(() => undefined);
    if (there?.isDirectory() && this.#made.has(target)) {
      const old = `${temporary}-old`;
      await rename(target, old);
      await rename(temporary, target);
      await rm(old, { recursive: true, force: true });
      return;
    }
    if (there?.isDirectory() && (await stat(temporary)).isDirectory()) {
      for (const file of await filesBelow(temporary, '')) {
        const place = join(target, file.path);
        await mkdir(dirname(place), { recursive: true });
        await rename(file.local, place);
      }
      return;
    }
    await rename(temporary, target);
    this.#made.add(target);
  }
}
